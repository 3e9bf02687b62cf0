"""The validators of one network: their ports and wires, started and waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chain.rpc import Rpc, RpcFault
from node.anvil import NodeFailed
from node.consortium.binary import Binary
from node.consortium.chain_folder import ChainFolder, Record, moved
from node.consortium.comet import CometSilent, Sync
from node.consortium.config import NodeConfig, Peer, write_config
from node.consortium.fault import ConsortiumFault
from node.consortium.genesis import node_id
from node.consortium.ports import Ports, ports_for, still_free
from node.consortium.validator import Validator
from node.consortium.waiting import wait_until
from node.consortium.wires import Wires

START_TIMEOUT = 120.0
_LOG_LINES = 5
_MOVES = 3
_PORT_TAKEN = "address already in use"


class NoSuchValidator(ConsortiumFault):
    """Validators are numbered from 0."""


@dataclass(frozen=True)
class Rhythm:
    """What a validator's configuration takes from the network."""

    block_time_ms: int
    block_gas_limit: int


class Fleet:
    """Every validator with a folder, running or not. Its owner sees to it that one call at a
    time changes something."""

    def __init__(
        self,
        binary: Binary,
        folder: ChainFolder,
        record: Record,
        rhythm: Rhythm,
        wires: Wires | None,
    ) -> None:
        self.binary = binary
        self.record = record
        self.wires = wires
        self._folder = folder
        self._rhythm = rhythm
        self._validators = [self._at(n) for n in range(len(record.ports))]

    def __len__(self) -> int:
        return len(self._validators)

    def __getitem__(self, number: int) -> Validator:
        if number not in range(len(self)):
            raise NoSuchValidator(f"there is no validator {number}, only 0 to {len(self) - 1}")
        return self._validators[number]

    def home(self, number: int) -> Path:
        return self._folder.home(number)

    def ports(self, number: int) -> Ports:
        return self.record.ports[number]

    def enlist(self, chain_id: int) -> None:
        """Make the next validator's folder: keys of its own, the genesis of all."""
        number = len(self)
        self._folder.add_home(self.binary, chain_id, number)
        self._move(number, ports_for(self._all_ports()))
        self._validators.append(self._at(number))

    def start(self, numbers: Iterable[int]) -> None:
        """Start those of them that are down, and return once they answer."""
        down = [number for number in numbers if not self[number].running]
        for number in down:
            if not still_free(self.ports(number)):
                self._move(number, ports_for(self._all_ports()))
        for number in down:
            self._configure(number)
            self[number].start()
        for number in down:
            self._see_up(number)

    def end(self, how: Callable[[Validator], None]) -> None:
        """End all of them, at the same time."""
        with ThreadPoolExecutor(max_workers=len(self)) as workers:
            list(workers.map(how, self._validators))

    def height(self) -> int:
        """The highest block that any validator has; 0 when none answers."""
        return max(self._height(number) for number in range(len(self)))

    def close(self) -> None:
        if self.wires is not None:
            self.wires.close()

    def _at(self, number: int) -> Validator:
        return Validator(self.binary, self.home(number))

    def _all_ports(self) -> set[int]:
        return {port for ports in self.record.ports for port in ports.all}

    def _move(self, number: int, ports: Ports) -> None:
        self.record = moved(self.record, number, ports)
        self._folder.write(self.record)

    def _configure(self, number: int) -> None:
        """Who is reached where may have changed while it was down."""
        peers = [self._peer(number, other) for other in range(len(self)) if other != number]
        config = NodeConfig(
            self.ports(number), peers, self._rhythm.block_time_ms, self._rhythm.block_gas_limit
        )
        write_config(self.home(number), config)

    def _peer(self, number: int, other: int) -> Peer:
        port = self.ports(other).p2p
        if self.wires is not None:
            self.wires.lay((other, number), self.ports(number).p2p)
            port = self.wires.lay((number, other), port)
        return Peer(node_id(self.home(other)), port)

    def _see_up(self, number: int) -> None:
        """Until it answers; one whose port somebody took between our look and its start moves."""
        for _ in range(_MOVES):
            try:
                return self._await_answer(number)
            except NodeFailed as failure:
                if _PORT_TAKEN not in str(failure):
                    raise
            self._move(number, ports_for(self._all_ports()))
            self._configure(number)
            self[number].start()
        return self._await_answer(number)

    def _await_answer(self, number: int) -> None:
        with Rpc(self.ports(number).rpc_url, timeout=5) as rpc:
            wait_until(partial(self._answers, number, rpc), f"answer from n{number}", START_TIMEOUT)

    def _answers(self, number: int, rpc: Rpc) -> bool:
        if not self[number].running:
            raise NodeFailed(f"n{number} ended: {_tail(self[number].log)}")
        try:
            rpc.call("eth_blockNumber")
        except RpcFault:
            return False
        return True

    def _height(self, number: int) -> int:
        try:
            return Sync.of(self.ports(number).comet).height if self[number].answering else 0
        except CometSilent:
            return 0


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    return f"{log}: " + " | ".join(lines)
