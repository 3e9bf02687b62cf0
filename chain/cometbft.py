"""What we ask CometBFT itself, typed: headers with their commits, validators, proofs of state.

CometBFT's RPC is JSON-RPC too (https://docs.cometbft.com/v1.0/rpc/), so connection, failover and
faults are those of ``Rpc``.
"""

from __future__ import annotations

import base64
import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from chain.rpc import BadAnswer, Rpc
from ledger.canonical import Field
from ledger.errors import Refused
from ledger.evidence.cometbft import (
    BlockId,
    Commit,
    Header,
    SignedHeader,
    Validator,
    ValidatorSet,
    Vote,
)

T = TypeVar("T")

_ED25519 = "tendermint/PubKeyEd25519"
_PAGE = 100
_MOST_HEADERS = 20
"""The most headers that CometBFT gives at once."""
_VOTED_FOR_BLOCK = 2
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")
_HASHES = (
    "last_commit_hash",
    "data_hash",
    "validators_hash",
    "next_validators_hash",
    "consensus_hash",
    "app_hash",
    "last_results_hash",
    "evidence_hash",
    "proposer_address",
)


class NotProven(Exception):
    """The engine gave no proof of a storage word: it is empty, or that state is pruned."""


class Comet:
    """Typed reads over one ``Rpc``. Raises its ``RpcFault``s; retries nothing."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rpc.close()

    def latest(self) -> int:
        """The height of the newest block that this node has committed."""
        return _read(_latest, self.rpc.call("status"))

    def signed_header(self, height: int) -> SignedHeader:
        """A header and all votes for its block, unchecked."""
        return _read(_signed_header, self.rpc.call("commit", [str(height)]))

    def checkable_header(self, height: int) -> SignedHeader:
        """The same with only the votes that verify: CometBFT takes signatures (ZIP-215) that
        stricter libraries, such as an auditor's, refuse."""
        signed, validators = self.signed_header(height), self.validators(height)
        votes = [vote for vote in signed.commit.votes if signed.has_signed(vote, validators)]
        return replace(signed, commit=replace(signed.commit, votes=tuple(votes)))

    def headers(self, first: int, last: int) -> list[Header]:
        """The headers of at most 20 heights, rising."""
        last = min(last, first + _MOST_HEADERS - 1)
        found = _read(_headers, self.rpc.call("blockchain", [str(first), str(last)]))
        if [header.height for header in found] != list(range(first, last + 1)):
            raise BadAnswer(f"headers {first} to {last} were asked for, others were given")
        return found

    def validators(self, height: int) -> ValidatorSet:
        """The set in force at a height, from however many pages."""
        found: list[Validator] = []
        while True:
            page = str(len(found) // _PAGE + 1)
            answer = self.rpc.call("validators", [str(height), page, str(_PAGE)])
            given, total = _read(_validators, answer)
            found += given
            if len(found) >= total:
                return _read(ValidatorSet.of, found)
            if len(given) != _PAGE:
                raise BadAnswer(f"{len(found)} of {total} validators at height {height}")

    def prove(self, store: str, key: bytes, height: int) -> tuple[bytes, bytes]:
        """The proof of a key in a store after a height, and that of the store; NotProven."""
        query = [f"/store/{store}/key", key.hex(), str(height), True]
        answer = self.rpc.call("abci_query", query)
        response = _read(lambda given: given["response"], answer)
        if response.get("code") != 0 or not response.get("value"):
            raise NotProven(f"{key.hex()} at height {height}: {response.get('log') or 'empty'}")
        return _read(_operations, response)


def _read(reader: Callable[[Any], T], answer: Any) -> T:
    try:
        return reader(answer)
    except (KeyError, TypeError, ValueError, AttributeError, Refused) as error:
        raise BadAnswer(f"an answer of another form: {error!r}") from error


def _latest(answer: Mapping[str, Any]) -> int:
    return int(answer["sync_info"]["latest_block_height"])


def _signed_header(answer: Mapping[str, Any]) -> SignedHeader:
    header, commit = answer["signed_header"]["header"], answer["signed_header"]["commit"]
    block = _block_id(commit["block_id"])
    votes = (vote for vote in commit["signatures"] if vote["block_id_flag"] == _VOTED_FOR_BLOCK)
    return SignedHeader(
        _header(header),
        Commit(int(commit["round"]), block.parts, block.parts_hash, tuple(map(_vote, votes))),
    )


def _headers(answer: Mapping[str, Any]) -> list[Header]:
    return [_header(meta["header"]) for meta in reversed(answer["block_metas"])]


def _header(answer: Mapping[str, Any]) -> Header:
    version = answer["version"]
    return Header(
        int(version["block"]),
        int(version.get("app", "0")),
        Field("chain_id", answer["chain_id"]).text(),
        int(answer["height"]),
        _nanoseconds(answer["time"]),
        _block_id(answer["last_block_id"]),
        *(bytes.fromhex(answer[name]) for name in _HASHES),
    )


def _block_id(answer: Mapping[str, Any]) -> BlockId:
    parts = answer["parts"]
    return BlockId(bytes.fromhex(answer["hash"]), int(parts["total"]), bytes.fromhex(parts["hash"]))


def _vote(answer: Mapping[str, Any]) -> Vote:
    return Vote(
        answer["validator_address"],
        _nanoseconds(answer["timestamp"]),
        base64.b64decode(answer["signature"]),
    )


def _validators(answer: Mapping[str, Any]) -> tuple[list[Validator], int]:
    return [_validator(one) for one in answer["validators"]], int(answer["total"])


def _validator(answer: Mapping[str, Any]) -> Validator:
    key = answer["pub_key"]
    if key["type"] != _ED25519:
        raise ValueError(f"a validator's key of type {key['type']!r}")
    return Validator(base64.b64decode(key["value"]), int(answer["voting_power"]))


def _operations(response: Mapping[str, Any]) -> tuple[bytes, bytes]:
    word, store = response["proofOps"]["ops"]
    return base64.b64decode(word["data"]), base64.b64decode(store["data"])


def _nanoseconds(text: str) -> int:
    """Since 1970, of a time in RFC 3339 with up to nine decimals, in UTC."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"not a time in UTC: {text!r}")
    *date, fraction = found.groups()
    seconds = calendar.timegm(tuple(map(int, date)))
    return seconds * 1_000_000_000 + int((fraction or "").ljust(9, "0"))
