from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.ids import Address
from node.consortium.chain_folder import NetworkDiffers, Record, moved, require_founded_with
from node.consortium.genesis import Founding
from node.consortium.ports import Ports
from tests.support.engine_accounts import FUNDED

PORTS = (Ports(1, 2, 3, 4, 5), Ports(6, 7, 8, 9, 10))
RECORD = Record(7777, FUNDED, FUNDED[:1], PORTS)
FOUNDING = Founding(7777, 4, 100_000_000, FUNDED, FUNDED[:1])


def test_record__through_json__is_the_same() -> None:
    assert Record.from_json(RECORD.to_json()) == RECORD


def test_moved__known_validator__has_new_ports() -> None:
    assert moved(RECORD, 1, Ports(11, 12, 13, 14, 15)).ports == (
        PORTS[0],
        Ports(11, 12, 13, 14, 15),
    )


def test_moved__next_validator__is_added() -> None:
    assert moved(RECORD, 2, Ports(11, 12, 13, 14, 15)).ports[2:] == (Ports(11, 12, 13, 14, 15),)


def test_require_founded_with__fewer_accounts_than_the_genesis_has__passes() -> None:
    require_founded_with(RECORD, replace(FOUNDING, funded=FUNDED[:2], validators=7))


def test_require_founded_with__addresses_in_another_spelling__passes() -> None:
    lower = tuple(Address(address.lower()) for address in FUNDED)
    require_founded_with(RECORD, replace(FOUNDING, funded=lower))


@pytest.mark.parametrize(
    "asked",
    [
        replace(FOUNDING, chain_id=1),
        replace(FOUNDING, funded=(*FUNDED, "0x" + "11" * 20)),
        replace(FOUNDING, deployers=FUNDED[:2]),
    ],
)
def test_require_founded_with__what_the_genesis_lacks__is_refused(asked: Founding) -> None:
    with pytest.raises(NetworkDiffers):
        require_founded_with(RECORD, asked)
