"""Python's half of the golden vectors; Solidity's is in tests/contracts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.acts import KIND_BY_NAME, SignedAct, decode_call, equivocation_act, read_agreement
from ledger.entries import EMPTY_HEAD, Entry, Op, extend
from ledger.ids import Address, ClaimNo, Digest, EntryIndex, PartyNo
from ledger.typed import Domain, digest_of
from ledger.words import (
    Claim,
    Lot,
    LotRef,
    LotState,
    pack_claim,
    pack_lot,
    unpack_claim,
    unpack_lot,
)
from tests.vectors.generate import FILES, FOLDER, text_of


def vectors(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


@pytest.mark.parametrize("name", FILES)
def test_vectors__generated_again__the_committed_ones(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(name)


@pytest.mark.parametrize("vector", vectors("words")["claims"])
def test_pack_claim__vector__its_word_and_back(vector: dict[str, Any]) -> None:
    claim = Claim(
        PartyNo(vector["debtor"]), int(vector["face"]), vector["maturity"], vector["currency"]
    )
    assert pack_claim(claim) == int(vector["word"], 16)
    assert unpack_claim(int(vector["word"], 16)) == claim


@pytest.mark.parametrize("vector", vectors("words")["lots"])
def test_pack_lot__vector__its_word_and_back(vector: dict[str, Any]) -> None:
    lot = Lot(
        ClaimNo(vector["claim"]),
        int(vector["start"]),
        int(vector["end"]),
        PartyNo(vector["holder"]),
        PartyNo(vector["lien"]),
        LotState(vector["state"]),
        vector["version"],
    )
    assert pack_lot(lot) == int(vector["word"], 16)
    assert unpack_lot(int(vector["word"], 16)) == lot


@pytest.mark.parametrize("vector", vectors("words")["references"])
def test_subject__vector__its_word_and_back(vector: dict[str, Any]) -> None:
    ref = LotRef(ClaimNo(vector["claim"]), int(vector["start"]), vector["version"])
    assert ref.subject == unhex(vector["subject"])
    assert LotRef.from_subject(unhex(vector["subject"])) == ref


@pytest.mark.parametrize("vector", vectors("agreements")["agreements"])
def test_agreement__vector__hash_digest_and_call(vector: dict[str, Any]) -> None:
    known = vectors("agreements")
    kind = KIND_BY_NAME[vector["kind"]]
    agreement = read_agreement(vector["kind"], vector["message"])
    domain = Domain(known["chainId"], Address(known["contracts"][vector["signedFor"]]))
    act = SignedAct(agreement, tuple(tuple(map(unhex, side)) for side in vector["approvals"]))
    assert (kind.contract, kind.domain_contract) == (vector["contract"], vector["signedFor"])
    assert agreement.struct_hash() == unhex(vector["structHash"])
    assert digest_of(agreement, domain.separator()) == unhex(vector["digest"])
    assert agreement.to_json() == vector["message"]
    assert act.call_data() == unhex(vector["call"])
    assert decode_call(unhex(vector["call"])) == act


def test_agreements__vectors__every_kind_has_one() -> None:
    assert {vector["kind"] for vector in vectors("agreements")["agreements"]} == set(KIND_BY_NAME)


def test_entries__vectors__hashes_and_heads() -> None:
    heads = {0: EMPTY_HEAD, 1: EMPTY_HEAD}
    of_all = EMPTY_HEAD
    for vector in vectors("entries")["entries"]:
        entry = Entry(
            EntryIndex(int(vector["index"])),
            ClaimNo(vector["book"]),
            Digest(unhex(vector["act"])),
            Op(vector["op"]),
            Address(vector["policy"]),
            tuple(int(word, 16) for word in vector["words"]),
            unhex(vector["memo"]),
        )
        assert entry.hash() == unhex(vector["hash"])
        heads[entry.book] = extend(heads[entry.book], entry.hash())
        of_all = extend(of_all, entry.hash())
        assert heads[entry.book] == unhex(vector["head"])
        assert of_all == unhex(vector["globalHead"])


@pytest.mark.parametrize("vector", vectors("entries")["equivocations"])
def test_equivocation_act__vector__its_digest(vector: dict[str, str]) -> None:
    act = equivocation_act(unhex(vector["line"]), Address(vector["member"]))
    assert act == unhex(vector["act"])
