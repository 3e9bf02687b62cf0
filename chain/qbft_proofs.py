"""Evidence from a Besu QBFT node: state proofs by ``eth_getProof``, headers with their seals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import rlp
from eth_utils.address import to_checksum_address

from chain.rpc import BadAnswer, Rpc, RpcFault
from ledger.errors import Refused
from ledger.evidence.mpt import MptProof
from ledger.evidence.qbft import Header, QbftAnchor, QbftFinality, ValidatorSet
from ledger.ids import Address

T = TypeVar("T")

_ALWAYS = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
)
_APPENDED = (
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
)
_NUMBERS = {
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "baseFeePerGas",
    "blobGasUsed",
    "excessBlobGas",
}


class HeaderMismatch(RpcFault):
    """The header that a node tells isn't the one that it hashed."""


class BlockMissing(RpcFault):
    """The node doesn't have this block, or no longer its state."""


def state_proof(rpc: Rpc, contract: Address, slots: Sequence[int], block: int) -> MptProof:
    """The paths to a contract's words as of a block. They aren't walked here: ``verify`` does."""
    keys = [f"0x{slot:064x}" for slot in slots]
    answer = rpc.call("eth_getProof", [contract, keys, hex(block)])
    if answer is None:
        raise BlockMissing(f"{rpc.url} has no state of block {block}")
    return _read(_proof, answer)


def sealed_header(rpc: Rpc, block: int) -> QbftFinality:
    """A block's header with the seals in it. Raises ``HeaderMismatch``."""
    answer = _block(rpc, block)
    finality = QbftFinality(_read(header_rlp, answer))
    try:
        computed = Header.decode(finality.header).block_hash()
    except Refused as refused:
        raise HeaderMismatch(f"block {block} of {rpc.url}: {refused}") from refused
    if "0x" + computed.hex() != answer.get("hash"):
        raise HeaderMismatch(
            f"block {block} of {rpc.url} is {answer.get('hash')}, and its header 0x{computed.hex()}"
        )
    return finality


def anchor_between(rpc: Rpc, first: int, last: int) -> QbftAnchor:
    """The validator sets of these blocks by the node's word: for whoever trusts it, and no other.

    Changes are found by halving. A set that came and went again between two blocks that have the
    same one isn't found, and its blocks won't verify: whoever needs them adds it by hand.
    """
    end = validators_at(rpc, last)
    sets = [ValidatorSet(first, validators_at(rpc, first))]
    while sets[-1].validators != end:
        sets.append(_next_set(rpc, sets[-1], last))
    return QbftAnchor(tuple(sets))


def validators_at(rpc: Rpc, block: int) -> tuple[Address, ...]:
    """Who might seal this block, by the node's word.

    Where a contract names them no header does. Besu then takes those that the contract named after
    the block before, and ``qbft_getValidatorsByBlockNumber`` answers for after the block it is
    asked for.
    """
    listed = Header.decode(sealed_header(rpc, block).header).extra.validators
    if listed:
        return listed
    return _read(_addresses, rpc.call("qbft_getValidatorsByBlockNumber", [hex(block - 1)]))


def _next_set(rpc: Rpc, current: ValidatorSet, last: int) -> ValidatorSet:
    """The set after this one, which isn't the last block's."""
    same, other = current.start, last
    while other - same > 1:
        middle = (same + other) // 2
        if validators_at(rpc, middle) == current.validators:
            same = middle
        else:
            other = middle
    return ValidatorSet(other, validators_at(rpc, other))


def header_rlp(answer: Mapping[str, Any]) -> bytes:
    """A block of ``eth_getBlockByNumber`` as the RLP of its header.

    As Besu's ``BlockHeader.writeTo``: what forks have appended ends at the first field that the
    block hasn't got. QBFT blocks have no ``parentBeaconBlockRoot``, so their ``requestsHash`` is
    told in JSON and isn't hashed.
    """
    fields = [_field(name, answer[name]) for name in _ALWAYS]
    for name in _APPENDED:
        if answer.get(name) is None:
            break
        fields.append(_field(name, answer[name]))
    encoded: bytes = rlp.encode(fields)
    return encoded


def _field(name: str, text: str) -> bytes | int:
    return int(text, 16) if name in _NUMBERS else _bytes(text)


def _block(rpc: Rpc, block: int) -> Mapping[str, Any]:
    answer = rpc.call("eth_getBlockByNumber", [hex(block), False])
    if answer is None:
        raise BlockMissing(f"{rpc.url} has no block {block}")
    if not isinstance(answer, Mapping):
        raise BadAnswer("eth_getBlockByNumber was answered by something other than an object")
    return answer


def _proof(answer: Mapping[str, Any]) -> MptProof:
    return MptProof(
        account=tuple(map(_bytes, answer["accountProof"])),
        storage=tuple(tuple(map(_bytes, slot["proof"])) for slot in answer["storageProof"]),
    )


def _addresses(answer: Sequence[str]) -> tuple[Address, ...]:
    return tuple(Address(to_checksum_address(text)) for text in sorted(answer))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _read(reader: Callable[[Any], T], answer: Any) -> T:
    try:
        return reader(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(f"an answer of another form: {error!r}") from error
