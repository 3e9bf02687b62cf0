"""The council's acts as drafted, and how a validator's key is spelled."""

from __future__ import annotations

import base64

import pytest

from client import council
from client.council import MalformedValidatorKey, validator_key
from ledger.keccak import keccak

KEY = keccak(b"validator")
ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@pytest.mark.parametrize("text", ["0x" + KEY.hex(), base64.b64encode(KEY).decode()])
def test_validator_key__in_hexadecimal_or_base64__the_same(text: str) -> None:
    assert validator_key(text) == KEY


def test_validator_key__address__filled_up_in_front() -> None:
    assert validator_key(ADDRESS) == bytes(12) + bytes.fromhex(ADDRESS[2:])
    assert validator_key(ADDRESS.lower()) == validator_key(ADDRESS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x" + KEY.hex()[:-2],
        "0x" + "zz" * 32,
        ADDRESS[:-1] + "0",
        base64.b64encode(KEY[:31]).decode(),
        base64.b64encode(KEY).decode() + "*",
        KEY.hex(),
    ],
)
def test_validator_key__anything_else__is_refused(text: str) -> None:
    with pytest.raises(MalformedValidatorKey):
        validator_key(text)


def test_drafts__validator_and_policy__say_what_was_asked() -> None:
    change = council.validator_change(KEY, council.PartyNo(5), 10, 2)
    assert (change.key, change.party, change.power, change.version) == (KEY, 5, 10, 2)
    act = council.policy_change(council.Address(ADDRESS), 3, authorised=False)
    assert (act.policy, act.authorised, act.version) == (ADDRESS, False, 3)
    handed = council.constitution(2, [council.Address(ADDRESS)], 1)
    assert (handed.epoch, handed.members, handed.quorum) == (2, (ADDRESS,), 1)
