"""What CometBFT answers, read: its own answers as recorded, and answers that are none."""

from __future__ import annotations

import base64
import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chain.cometbft import Comet, NotProven
from chain.rpc import BadAnswer, Params, Rpc
from ledger.evidence.cometbft import Validator
from ledger.evidence.ics23 import Existence

ANSWERS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "cometbft" / "answers.json").read_text()
)
HEIGHT = ANSWERS["height"]
KEY = bytes.fromhex(ANSWERS["key"])


class Recorded(Rpc):
    """Answers as the engine did, or as the test makes it."""

    def __init__(self, **answers: Any) -> None:
        super().__init__("http://127.0.0.1:1")
        self.answers = ANSWERS | answers
        self.asked: list[Params] = []

    def call(self, method: str, params: Params = ()) -> Any:
        self.asked.append(params)
        answer = self.answers[method]
        return answer(params) if callable(answer) else answer


def comet(**answers: Any) -> Comet:
    return Comet(Recorded(**answers))


def test_signed_header__recorded__hashes_and_signatures_are_its_validators() -> None:
    asked = comet()
    signed, validators = asked.signed_header(HEIGHT), asked.validators(HEIGHT)
    block = ANSWERS["commit"]["signed_header"]["commit"]["block_id"]
    assert signed.header.hash().hex().upper() == block["hash"]
    assert signed.header.validators_hash == validators.hash
    assert signed.signed_power(validators) > 2 * validators.power // 3
    assert asked.checkable_header(HEIGHT) == signed


def test_headers__recorded__each_names_the_one_before_it() -> None:
    headers = comet().headers(HEIGHT - 2, HEIGHT)
    assert [header.height for header in headers] == [HEIGHT - 2, HEIGHT - 1, HEIGHT]
    for before, after in pairwise(headers):
        assert after.last_block_id.hash == before.hash()


def test_headers__others_than_asked_for__bad_answer() -> None:
    with pytest.raises(BadAnswer):
        comet().headers(HEIGHT - 1, HEIGHT)


def test_prove__recorded__two_proofs_of_the_key() -> None:
    word, store = comet().prove("evm", KEY, HEIGHT - 1)
    assert Existence.read("word", word).key == KEY
    assert Existence.read("store", store).value == Existence.read("word", word).root()


def test_prove__empty_word__not_proven() -> None:
    with pytest.raises(NotProven):
        comet(abci_query=ANSWERS["abci_query_empty"]).prove("evm", KEY, HEIGHT - 1)


def test_prove__state_that_was_pruned__not_proven() -> None:
    response = {"code": 7, "log": "ensure height has not been pruned", "value": None}
    with pytest.raises(NotProven, match="pruned"):
        comet(abci_query={"response": response}).prove("evm", KEY, 1)


def test_checkable_header__vote_that_does_not_verify__left_out() -> None:
    answer = copy.deepcopy(ANSWERS["commit"])
    signatures = answer["signed_header"]["commit"]["signatures"]
    signatures[1]["signature"] = signatures[0]["signature"]
    found = comet(commit=answer).checkable_header(HEIGHT)
    kept = [one["validator_address"] for n, one in enumerate(signatures) if n != 1]
    assert [vote.validator for vote in found.commit.votes] == kept


@pytest.mark.parametrize("flag", [1, 3])
def test_signed_header__absent_or_nil_vote__left_out(flag: int) -> None:
    answer = copy.deepcopy(ANSWERS["commit"])
    signatures = answer["signed_header"]["commit"]["signatures"]
    signatures[0] |= {"block_id_flag": flag, "signature": None, "validator_address": ""}
    assert len(comet(commit=answer).signed_header(HEIGHT).commit.votes) == len(signatures) - 1


def test_validators__more_than_a_page__all_of_them() -> None:
    """Keys are what they are in the set's order: only their number matters here."""
    given = [
        {
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": _base64(n)},
            "voting_power": "5",
        }
        for n in range(230)
    ]

    def page(params: Params) -> Any:
        start = 100 * (int(params[1]) - 1)
        return {"validators": given[start : start + 100], "total": "230"}

    asked = comet(validators=page)
    assert len(asked.validators(HEIGHT).validators) == 230
    assert isinstance(asked.rpc, Recorded)
    assert [params[1] for params in asked.rpc.asked] == ["1", "2", "3"]


def _base64(number: int) -> str:
    return base64.b64encode(number.to_bytes(32, "big")).decode()


def test_validators__page_missing__bad_answer() -> None:
    with pytest.raises(BadAnswer):
        comet(validators=ANSWERS["validators"] | {"total": "9"}).validators(HEIGHT)


@pytest.mark.parametrize("key_type", ["tendermint/PubKeySecp256k1", "tendermint/PubKeyBls12_381"])
def test_validators__keys_of_another_kind__bad_answer(key_type: str) -> None:
    answer = copy.deepcopy(ANSWERS["validators"])
    answer["validators"][0]["pub_key"]["type"] = key_type
    with pytest.raises(BadAnswer):
        comet(validators=answer).validators(HEIGHT)


@pytest.mark.parametrize("time", ["", "now", "2026-11-22", "2026-11-22T03:00:00+08:00", None, 7])
def test_signed_header__time_of_another_form__bad_answer(time: Any) -> None:
    answer = copy.deepcopy(ANSWERS["commit"])
    answer["signed_header"]["header"]["time"] = time
    with pytest.raises(BadAnswer):
        comet(commit=answer).signed_header(HEIGHT)


@pytest.mark.parametrize("answer", [None, [], {}, "ok", {"signed_header": None}])
def test_any_question__nonsense_for_an_answer__bad_answer(answer: Any) -> None:
    asked = comet(status=answer, commit=answer, validators=answer, blockchain=answer)
    for ask in (asked.latest, lambda: asked.signed_header(1), lambda: asked.validators(1)):
        with pytest.raises(BadAnswer):
            ask()


def test_latest__recorded__the_height() -> None:
    assert comet().latest() == int(ANSWERS["status"]["sync_info"]["latest_block_height"])
    assert Validator(bytes(32), 1).address == "66687AADF862BD776C8FC18B8E9F8E2008971485"
