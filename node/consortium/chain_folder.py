"""What a network keeps on disk: a folder for each validator, and what it was founded with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from ledger.files import replace_file
from ledger.ids import Address
from node.consortium.binary import Binary
from node.consortium.fault import ConsortiumFault
from node.consortium.genesis import Founding, found, genesis_file, make_home
from node.consortium.ports import Ports

_RECORD = "network.json"


class NetworkDiffers(ConsortiumFault):
    """The network in this folder was founded with something else than is asked for now."""


@dataclass(frozen=True)
class Record:
    """Written at the founding; ports follow where the network moves."""

    chain_id: int
    funded: tuple[Address, ...]
    deployers: tuple[Address, ...]
    ports: tuple[Ports, ...]
    """By validator's number; there are as many validators as ports."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Self:
        return cls(
            chain_id=record["chain_id"],
            funded=tuple(record["funded"]),
            deployers=tuple(record["deployers"]),
            ports=tuple(Ports(**ports) for ports in record["ports"]),
        )


class ChainFolder:
    """The folder ``chain`` in a network's data folder: whole, or not there."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "chain"
        self._unfinished = data_dir / "chain.unfinished"
        self._joining = data_dir / "joining"

    def home(self, validator: int) -> Path:
        return self._folder / f"n{validator}"

    def read(self) -> Record | None:
        """None before the founding."""
        try:
            text = (self._folder / _RECORD).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return Record.from_json(json.loads(text))

    def write(self, record: Record) -> None:
        _write_record(self._folder, record)

    def found(self, binary: Binary, founding: Founding, ports: Sequence[Ports]) -> Record:
        """Keys and genesis of a new network. An interrupted founding leaves nothing behind that
        would pass for a network."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        homes = [self._unfinished / f"n{number}" for number in range(founding.validators)]
        found(binary, founding, homes)
        record = Record(
            founding.chain_id, tuple(founding.funded), tuple(founding.deployers), tuple(ports)
        )
        _write_record(self._unfinished, record)
        self._unfinished.rename(self._folder)
        return record

    def add_home(self, binary: Binary, chain_id: int, number: int) -> None:
        """Keys of a validator to come, under the genesis of all."""
        home = self.home(number)
        for leftover in (self._joining, home):  # of a join that ended before it was recorded
            shutil.rmtree(leftover, ignore_errors=True)
        make_home(binary, chain_id, self._joining, home.name)
        shutil.copyfile(genesis_file(self.home(0)), genesis_file(self._joining))
        self._joining.rename(home)


def require_founded_with(record: Record, founding: Founding) -> None:
    """Raise ``NetworkDiffers`` if an account that is counted on was left out of the genesis."""
    if record.chain_id != founding.chain_id:
        raise NetworkDiffers(f"it is chain {record.chain_id}, not {founding.chain_id}")
    unfunded = _spelt_alike(founding.funded) - _spelt_alike(record.funded)
    powerless = _spelt_alike(founding.deployers) - _spelt_alike(record.deployers)
    if unfunded or powerless:
        raise NetworkDiffers(
            f"its genesis doesn't fund {sorted(unfunded)}, doesn't let {sorted(powerless)} deploy; "
            "only a new data folder makes a new genesis"
        )


def _spelt_alike(addresses: Iterable[Address]) -> set[str]:
    return {address.lower() for address in addresses}


def moved(record: Record, validator: int, ports: Ports) -> Record:
    """The record with one validator, perhaps a new one, at these ports."""
    all_ports = [*record.ports]
    all_ports[validator : validator + 1] = [ports]
    return replace(record, ports=tuple(all_ports))


def _write_record(folder: Path, record: Record) -> None:
    replace_file(folder / _RECORD, json.dumps(record.to_json(), indent=1).encode())
