"""Which networks can be planned, and what is said of those that can't."""

from __future__ import annotations

from typing import Any

import pytest

from node.besu.plan import (
    BlockPeriodOutOfRange,
    ChainIdOutOfRange,
    DuplicateHost,
    HostMalformed,
    HostsMiscounted,
    Plan,
    ValidatorsOutOfRange,
)


@pytest.mark.parametrize("validators", [0, -1, 101])
def test_plan__number_of_validators_out_of_range__refused(validators: int) -> None:
    with pytest.raises(ValidatorsOutOfRange):
        Plan(validators)


@pytest.mark.parametrize(
    "hosts",
    [
        ("10.0.0.1", "10.0.0.1"),
        ("bank-a.example", "BANK-A.example"),
        ("fd00::1", "fd00:0:0::1"),
    ],
)
def test_plan__host_named_twice__refused(hosts: tuple[str, ...]) -> None:
    with pytest.raises(DuplicateHost):
        Plan(2, hosts)


@pytest.mark.parametrize(
    "host", ["", "a b", "-a", "a..b", "0.0.0.0", "::", "http://a", "a:30303", 'a"', "x" * 64]
)
def test_plan__host_that_is_none__refused(host: str) -> None:
    with pytest.raises(HostMalformed):
        Plan(1, (host,))


@pytest.mark.parametrize("count", [1, 3])
def test_plan__hosts_fewer_or_more_than_validators__refused(count: int) -> None:
    with pytest.raises(HostsMiscounted):
        Plan(2, tuple(f"10.0.0.{number}" for number in range(count)))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"block_period": 0}, BlockPeriodOutOfRange),
        ({"block_period": 3601}, BlockPeriodOutOfRange),
        ({"chain_id": 0}, ChainIdOutOfRange),
        ({"chain_id": 1 << 53}, ChainIdOutOfRange),
    ],
)
def test_plan__figure_out_of_range__refused(
    change: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        Plan(4, **change)


def test_places__without_hosts__ports_of_their_own_on_this_machine() -> None:
    places = Plan(4).places()
    assert {place.host for place in places} == {"127.0.0.1"}
    ports = [p for place in places for p in (place.p2p_port, place.rpc_port, place.metrics_port)]
    assert len(set(ports)) == 12


def test_places__with_hosts__one_each_at_besus_own_ports() -> None:
    places = Plan(3, ("10.0.0.1", "fd00::2", "bank-c.example")).places()
    assert [place.endpoint for place in places] == [
        "10.0.0.1:30303",
        "[fd00::2]:30303",
        "bank-c.example:30303",
    ]
    assert [place.is_name for place in places] == [False, False, True]
