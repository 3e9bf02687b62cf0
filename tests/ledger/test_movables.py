"""Extracts from the movables registry: one spelling, and nothing in it that can't be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MalformedFile, write_canonical
from ledger.commitments import WeakSalt
from ledger.deals import Registration
from ledger.errors import Refused
from ledger.identifiers import MalformedPartyId, PartyId, UnknownIdScheme, WrongCheckDigit
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.movables import (
    MAX_BYTES,
    ExtractTooLarge,
    ExtractUnfit,
    RegistryExtract,
    read_extract,
    write_extract,
)

EXTRACT = RegistryExtract(
    number="05219944003118",
    salt=keccak(b"salt"),
    registered_at=1_794_000_000,
    expires_on=date(2027, 11, 22),
    claim=ClaimNo(12),
    start=0,
    end=4_500_000,
    secured=PartyId("name:CN:BANK ONE"),
    debtor=PartyId("uscc:91310000MAC0RE00XR"),
    seller=PartyId("uscc:91330200MATE1ER01L"),
)


def _altered(**changes: Any) -> bytes:
    return write_canonical(json.loads(write_extract(EXTRACT)) | changes)


def test_extract__written_and_read__is_the_same() -> None:
    assert read_extract(write_extract(EXTRACT)) == EXTRACT
    named = replace(EXTRACT, secured=PartyId("name:CN:中国银行"))
    assert read_extract(write_extract(named)) == named


def test_extract__as_a_fact__says_what_the_file_says() -> None:
    config = keccak(b"config")
    commitment = keccak(keccak(b"yuanliu.registry.number.v1") + EXTRACT.salt + b"05219944003118")
    assert EXTRACT.registration(config, PartyNo(8)) == Registration(
        config, 12, 0, 4_500_000, 8, commitment, 1_794_000_000, 2027_11_22
    )


def test_commitment__another_salt_or_number__is_another() -> None:
    found = {
        one.commitment
        for one in (
            EXTRACT,
            replace(EXTRACT, salt=keccak(b"another")),
            replace(EXTRACT, number="05219944003119"),
        )
    }
    assert len(found) == 3


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": "yuanliu.registry.extract.v2"}, MalformedFile),
        ({"number": ""}, ExtractUnfit),
        ({"number": "1" * 65}, ExtractUnfit),
        ({"number": "1\n2"}, ExtractUnfit),
        ({"number": "号"}, MalformedFile),
        ({"salt": "0x" + "00" * 32}, WeakSalt),
        ({"salt": "0x00"}, MalformedFile),
        ({"registered_at": "2026-11-22T08:00:00+08:00"}, MalformedFile),
        ({"registered_at": "1969-12-31T23:59:59Z"}, MalformedFile),
        ({"expires_on": "2027-02-29"}, MalformedFile),
        ({"expires_on": "20270228"}, MalformedFile),
        ({"claim": 0}, ExtractUnfit),
        ({"claim": 1 << 32}, ExtractUnfit),
        ({"claim": "12"}, MalformedFile),
        ({"start": "4500000"}, ExtractUnfit),
        ({"start": "-1"}, MalformedFile),
        ({"end": str(1 << 63)}, MalformedFile),
        ({"end": "04500000"}, MalformedFile),
        ({"secured": "uscc:91310000MAC0RE00XR"}, ExtractUnfit),
        ({"secured": 8}, MalformedFile),
        ({"debtor": "uscc:91310000MAC0RE00X1"}, WrongCheckDigit),
        ({"seller": "nobody"}, MalformedPartyId),
        ({"seller": "shoe:42"}, UnknownIdScheme),
        ({"seller": "uscc:91330200mate1er01l"}, MalformedFile),
        ({"colour": "red"}, MalformedFile),
    ],
)
def test_extract__spoilt__is_refused_by_name(
    changes: dict[str, Any], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        read_extract(_altered(**changes))


@pytest.mark.parametrize(
    ("spelling", "refusal"),
    [
        (lambda file: file[:-1], MalformedFile),
        (lambda file: b" " + file, MalformedFile),
        (lambda file: file.replace(b'"claim":12', b'"claim":99,"claim":12'), MalformedFile),
        (lambda file: b"\xff" + file, MalformedFile),
        (lambda file: file + b" " * MAX_BYTES, ExtractTooLarge),
        (lambda _: b"[" * 10_000, MalformedFile),
        (lambda _: b"", MalformedFile),
    ],
)
def test_extract__spelled_otherwise__is_refused(spelling: Any, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        read_extract(spelling(write_extract(EXTRACT)))


@given(st.binary(max_size=300))
def test_extract__any_bytes__are_refused_by_name(data: bytes) -> None:
    with pytest.raises(Refused):
        read_extract(data)
