"""A network of validators on this machine, as one engine that can be hurt in parts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from chain.endpoints import Endpoints
from chain.profile import CONSORTIUM, EngineProfile
from ledger.ids import Address
from node.anvil import NodeFailed
from node.consortium.binary import find_binary
from node.consortium.chain_folder import ChainFolder, require_founded_with
from node.consortium.fault import ConsortiumFault
from node.consortium.fleet import START_TIMEOUT, Fleet, Rhythm
from node.consortium.genesis import Founding
from node.consortium.groups import Groups, complete
from node.consortium.membership import Change, let_go, take_in
from node.consortium.ports import Ports, ports_for
from node.consortium.status import NetworkStatus, read_status
from node.consortium.validator import Validator
from node.consortium.waiting import wait_until
from node.consortium.wires import Wires
from node.folder import lock_folder


class NotPartitionable(ConsortiumFault):
    """This network was started without wires to cut."""


class Partitioned(ConsortiumFault):
    """The network is partitioned, and this needs it whole."""


class NobodyToAsk(ConsortiumFault):
    """No validator is up that could carry a transaction."""


class Network:
    """N validators on loopback, their chain in ``data_dir``; satisfies ``node.engine.Node``.

    A validator that was taken down by its number stays down until it is started by its number,
    and doesn't make the network less alive. Methods may be called from any thread.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        funded: Sequence[Address],
        deployers: Sequence[Address],
        validators: int = 4,
        block_time_ms: int = CONSORTIUM.block_ms,
        partitionable: bool = True,
        profile: EngineProfile = CONSORTIUM,
    ) -> None:
        """``validators`` and accounts count at the founding; a chain that exists has its own.

        ``partitionable`` False: validators reach each other without wires of ours in between.
        """
        self._founding = Founding(
            profile.chain_id, validators, profile.block_gas_limit, tuple(funded), tuple(deployers)
        )
        self._rhythm = Rhythm(block_time_ms, profile.block_gas_limit)
        self.data_dir = data_dir
        self._folder = ChainFolder(data_dir)
        self._partitionable = partitionable
        self._first_ports = self._ports_before_start()
        self._fleet: Fleet | None = None
        self._held: set[int] = set()
        self._groups: Groups = ()
        self._folder_lock: int | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether every validator runs but those that were taken down by their number."""
        fleet = self._fleet
        return fleet is not None and all(
            fleet[number].running for number in range(len(fleet)) if number not in self._held
        )

    @property
    def endpoints(self) -> Endpoints:
        """Every validator's, running or not. A start moves those whose ports are taken."""
        fleet = self._fleet
        all_ports = self._first_ports if fleet is None else fleet.record.ports
        return Endpoints(
            rpc=tuple(ports.rpc_url for ports in all_ports),
            comet=tuple(ports.comet_url for ports in all_ports),
        )

    def pids(self) -> dict[str, int]:
        fleet = self._fleet
        validators = [] if fleet is None else [fleet[number] for number in range(len(fleet))]
        pids = {validator.name: validator.pid for validator in validators}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def start(self) -> None:
        """Start all of it, founding it first if need be; return once blocks are made.

        Of a network that is up: start what ended by itself, and return once that answers.
        """
        with self._lock:
            if self._fleet is not None:
                self._fleet.start(set(range(len(self._fleet))) - self._held)
                return
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._folder_lock = lock_folder(self.data_dir)
            try:
                self._fleet = self._open_fleet()
                self._start_all(self._fleet)
            except BaseException:
                self.kill()
                raise

    def save(self) -> None:
        """Nothing to do: a block is on the disks of two thirds before it counts."""

    def stop(self) -> None:
        with self._lock:
            self._end(Validator.stop)

    def kill(self, number: int | None = None) -> None:
        """End one validator, or without a number all of them, as a power failure would."""
        with self._lock:
            if number is None:
                self._end(Validator.kill)
            else:
                self._take_down(number, Validator.kill)

    def stop_validator(self, number: int) -> None:
        """End one validator in good order."""
        with self._lock:
            self._take_down(number, Validator.stop)

    def start_validator(self, number: int) -> None:
        """Start one that is down; return once it answers, though it may have to catch up."""
        with self._lock:
            self._running_fleet().start([number])
            self._held.discard(number)

    def pause(self, number: int) -> None:
        """Freeze one: its connections stay open, and it says nothing."""
        with self._lock:
            self._running_fleet()[number].pause()

    def resume(self, number: int) -> None:
        with self._lock:
            self._running_fleet()[number].resume()

    def wipe(self, number: int) -> None:
        """Remove the chain of one that is down. Its keys and what it signed stay."""
        with self._lock:
            self._running_fleet()[number].wipe()

    def partition(self, groups: Iterable[Iterable[int]]) -> Groups:
        """Let validators reach only their own group; those that aren't named form one more."""
        with self._lock:
            fleet = self._running_fleet()
            return self._cut(complete(groups, range(len(fleet))))

    def heal(self) -> None:
        """Let everybody reach everybody again."""
        with self._lock:
            self._cut(())

    def height(self) -> int:
        """The highest block that any validator has."""
        return self._running_fleet().height()

    def status(self) -> NetworkStatus:
        return read_status(self._running_fleet(), self._held, self._groups)

    def join(self) -> Change:
        """Add a validator: a new node that catches up, and then stakes what another gives it.

        Its number is the next one. Raises ``Partitioned``; ``NodeFailed`` when it doesn't come
        about, which leaves a node that isn't a validator.
        """
        with self._lock:
            fleet = self._running_fleet()
            if self._groups:
                raise Partitioned("heal it before a validator joins")
            sponsor = self._carrier(fleet)
            number = len(fleet)
            self._held.add(number)  # until it runs, it isn't missed
            fleet.enlist(self._founding.chain_id)
            self.start_validator(number)
            return take_in(fleet, number, sponsor, self._founding.chain_id)

    def leave(self, number: int) -> Change:
        """End a validator's part in consensus. Its node runs on, and serves reads, until it is
        stopped. It can't come back under its key; another can join."""
        with self._lock:
            fleet = self._running_fleet()
            return let_go(fleet, number, self._carrier(fleet), self._founding.chain_id)

    def _carrier(self, fleet: Fleet) -> int:
        """The first that can take a transaction: a founding one, whose operator has means."""
        for number in range(len(fleet)):
            if fleet[number].answering:
                return number
        raise NobodyToAsk("every validator is down or paused")

    def _ports_before_start(self) -> Sequence[Ports]:
        record = self._folder.read()
        if record is not None:
            return record.ports
        taken: set[int] = set()
        chosen = []
        for _ in range(self._founding.validators):
            chosen.append(ports_for(taken))
            taken.update(chosen[-1].all)
        return chosen

    def _open_fleet(self) -> Fleet:
        binary = find_binary()
        record = self._folder.read()
        if record is None:
            record = self._folder.found(binary, self._founding, self._first_ports)
        require_founded_with(record, self._founding)
        wires = Wires() if self._partitionable else None
        return Fleet(binary, self._folder, record, self._rhythm, wires)

    def _start_all(self, fleet: Fleet) -> None:
        fleet.start(range(len(fleet)))
        # The first block of a chain commits nothing yet; and one that comes back has to go on.
        first = max(fleet.height(), 1)
        wait_until(lambda: fleet.height() > first, "new block", START_TIMEOUT)

    def _end(self, how: Callable[[Validator], None]) -> None:
        if self._fleet is not None:
            self._first_ports = self._fleet.record.ports
            self._fleet.end(how)
            self._fleet.close()
        if self._folder_lock is not None:
            os.close(self._folder_lock)
        self._fleet = self._folder_lock = None
        self._held.clear()
        self._groups = ()

    def _take_down(self, number: int, how: Callable[[Validator], None]) -> None:
        validator = self._running_fleet()[number]
        self._held.add(number)  # first: nobody shall take it for one that died
        how(validator)

    def _cut(self, groups: Groups) -> Groups:
        fleet = self._running_fleet()
        if fleet.wires is None:
            raise NotPartitionable("started with partitionable=False")
        fleet.wires.cut(groups)
        self._groups = groups
        return groups

    def _running_fleet(self) -> Fleet:
        if self._fleet is None:
            raise NodeFailed("the network isn't up")
        return self._fleet
