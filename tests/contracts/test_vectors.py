"""Golden vectors that Python is held to, asked of Solidity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chain.contracts import contract
from ledger.acts import read_agreement
from scripts.stage import Stage
from tests.support.consortium import Consortium

VECTORS = Path(__file__).parent.parent / "vectors"
EXPOSED = contract("test/HashesExposed")


def _vectors(name: str, part: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))[part]
    return found


@pytest.fixture(scope="module")
def exposed(founded: Consortium) -> str:
    created = founded.stage.sender.send(None, EXPOSED.creation_data())["contractAddress"]
    return str(created)


def _ask(stage: Stage, exposed: str, function: str, argument: Any) -> Any:
    call = {"to": exposed, "data": "0x" + EXPOSED.call_data(function, argument).hex()}
    answer = stage.rpc.call("eth_call", [call, "latest"])
    return EXPOSED.read_result(function, bytes.fromhex(answer[2:]))


@pytest.mark.parametrize("vector", _vectors("agreements", "agreements"), ids=lambda v: v["kind"])
def test_struct_hash__golden_vector__is_the_same_in_solidity(
    vector: dict[str, Any], founded: Consortium, exposed: str
) -> None:
    agreement = read_agreement(vector["kind"], vector["message"])
    found = _ask(founded.stage, exposed, f"hash{vector['kind']}", agreement.to_abi())
    assert "0x" + found.hex() == vector["structHash"]


@pytest.mark.parametrize("vector", _vectors("words", "claims"), ids=lambda v: v["word"])
def test_claim_word__golden_vector__is_the_same_in_solidity(
    vector: dict[str, Any], founded: Consortium, exposed: str
) -> None:
    currency = vector["currency"].encode()
    claim = (vector["debtor"], currency, vector["maturity"], int(vector["face"]))
    word = int(vector["word"], 16)
    assert _ask(founded.stage, exposed, "packClaim", claim) == word
    assert _ask(founded.stage, exposed, "unpackClaim", word) == claim


@pytest.mark.parametrize("vector", _vectors("words", "lots"), ids=lambda v: v["word"])
def test_lot_word__golden_vector__is_the_same_in_solidity(
    vector: dict[str, Any], founded: Consortium, exposed: str
) -> None:
    names = ("claim", "start", "end", "holder", "lien", "state", "version")
    lot = tuple(int(vector[name]) for name in names)
    word = int(vector["word"], 16)
    assert _ask(founded.stage, exposed, "packLot", lot) == word
    assert _ask(founded.stage, exposed, "unpackLot", word) == lot


@pytest.mark.parametrize("vector", _vectors("words", "references"), ids=lambda v: v["subject"])
def test_subject__golden_vector__is_the_same_in_solidity(
    vector: dict[str, Any], founded: Consortium, exposed: str
) -> None:
    lot = tuple(int(vector[name]) for name in ("claim", "start", "version"))
    subject = bytes.fromhex(vector["subject"][2:])
    assert _ask(founded.stage, exposed, "subjectOf", lot) == subject
    assert _ask(founded.stage, exposed, "lotOf", subject) == lot
