"""What network is wanted, and why some can't be."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from chain.profile import BESU
from ledger.errors import Refused
from ledger.ids import Address

BESU_VERSION = "26.8.0"
JAVA_VERSION = 25

_P2P, _RPC, _METRICS = 30303, 8545, 9545
_LOOPBACK = "127.0.0.1"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_MOST_VALIDATORS = 100
_MOST_CHAIN_ID = (1 << 53) - 1


@dataclass
class ValidatorsOutOfRange(Refused):
    validators: int
    most: int = _MOST_VALIDATORS
    summary: ClassVar[str] = "A network has from 1 to {most} validators, not {validators}."


@dataclass
class HostsMiscounted(Refused):
    hosts: int
    validators: int
    summary: ClassVar[str] = "{hosts} hosts for {validators} validators: one each is needed."


@dataclass
class DuplicateHost(Refused):
    """Two validators on one machine fail together, so they count for one."""

    host: str
    summary: ClassVar[str] = "Host {host} is named for two validators."


@dataclass
class HostMalformed(Refused):
    host: str
    summary: ClassVar[str] = "{host!r} is neither an IP address nor a host's name."


@dataclass
class BlockPeriodOutOfRange(Refused):
    seconds: int
    summary: ClassVar[str] = "A block period of {seconds} s: it is from 1 to 3600 whole seconds."


@dataclass
class ChainIdOutOfRange(Refused):
    chain_id: int
    summary: ClassVar[str] = "Chain id {chain_id} isn't a number from 1 to 2**53 - 1."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is reached: by its peers at ``host``, by everything else only on its machine."""

    host: str
    p2p_port: int
    rpc_port: int
    metrics_port: int

    @property
    def is_local(self) -> bool:
        return self.host == _LOOPBACK

    @property
    def is_name(self) -> bool:
        return _address(self.host) is None

    @property
    def endpoint(self) -> str:
        address = _address(self.host)
        host = f"[{self.host}]" if address is not None and address.version == 6 else self.host
        return f"{host}:{self.p2p_port}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Raises the refusals above for a network that can't be."""

    validators: int
    hosts: tuple[str, ...] = ()
    """One for each validator; none for all of them on this machine, as a rehearsal."""
    chain_id: int = BESU.chain_id
    block_period: int = 2
    """Seconds."""
    accounts: tuple[Address, ...] = ()
    """Who may send transactions at all: the relayers, and whoever deploys."""
    gas_limit: int = BESU.block_gas_limit
    epoch_length: int = 30_000
    """Blocks after which votes on validators that have come to nothing are forgotten."""

    def __post_init__(self) -> None:
        if not 1 <= self.validators <= _MOST_VALIDATORS:
            raise ValidatorsOutOfRange(self.validators)
        if not 1 <= self.block_period <= 3600:
            raise BlockPeriodOutOfRange(self.block_period)
        if not 1 <= self.chain_id <= _MOST_CHAIN_ID:
            raise ChainIdOutOfRange(self.chain_id)
        self._require_hosts()

    @property
    def request_timeout(self) -> int:
        """Seconds until another validator proposes. Besu's advice: begin with twice the period."""
        return 2 * self.block_period

    def places(self) -> tuple[Place, ...]:
        if self.hosts:
            return tuple(Place(host, _P2P, _RPC, _METRICS) for host in self.hosts)
        return tuple(
            Place(_LOOPBACK, _P2P + number, _RPC + number, _METRICS + number)
            for number in range(self.validators)
        )

    def _require_hosts(self) -> None:
        if self.hosts and len(self.hosts) != self.validators:
            raise HostsMiscounted(len(self.hosts), self.validators)
        for host in self.hosts:
            address = _address(host)
            if address.is_unspecified if address else not _NAME.fullmatch(host):
                raise HostMalformed(host)
        counts = Counter(str(_address(host) or host.lower()) for host in self.hosts)
        for host, count in counts.items():
            if count > 1:
                raise DuplicateHost(host)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
