"""The packs that are known, when each is in force, and the hashes that pin them.

``index.toml`` lists every pack with its hash and period; a pack that is announced has no period
until a date is known. Putting the next pack in force ends the one before it in the index and
leaves its file, and so its hash and all decisions made under it, as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

from ledger.commitments import domain_tag
from ledger.hexadecimal import hexed
from ledger.keccak import keccak
from ledger.rules.errors import (
    MalformedPack,
    NoPackInForce,
    PackAlreadyDated,
    PackAltered,
    PackMissing,
    PackNotPinned,
    PacksOverlap,
)
from ledger.rules.pack import Pack, Period
from ledger.rules.reading import read_pack, read_period
from ledger.rules.toml import Entry, canonical_form, read_toml

INDEX = "index.toml"
_INDEX = domain_tag("yuanliu.rules.index.v1")
_SUFFIX = ".toml"
_STATUS = ("in force", "announced")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Known packs, in the index's order. ``index_hash`` tells whether two ledgers have the same."""

    packs: tuple[Pack, ...]
    index_hash: bytes

    def pack_for(self, on: date) -> Pack:
        """The pack in force on this day; NoPackInForce."""
        for pack in self.packs:
            if pack.covers(on):
                return pack
        raise NoPackInForce(on.isoformat())

    def by_hash(self, pack_hash: bytes) -> Pack:
        """The pack with this content, in force or not; PackMissing."""
        for pack in self.packs:
            if pack.hash == pack_hash:
                return pack
        raise PackMissing(hexed(pack_hash))

    def by_id(self, pack_id: str) -> Pack:
        """The pack of this id; PackMissing."""
        for pack in self.packs:
            if pack.id == pack_id:
                return pack
        raise PackMissing(pack_id)

    def dated(self, pack_id: str, since: date) -> Catalogue:
        """This catalogue with an announced pack in force from a day on, ending the one before.

        Raises ``PackMissing``, ``PackAlreadyDated`` or ``PacksOverlap``.
        """
        if self.by_id(pack_id).in_force is not None:
            raise PackAlreadyDated(pack_id)
        packs = tuple(
            pack.during(Period(since, None)) if pack.id == pack_id else _ended(pack, since)
            for pack in self.packs
        )
        _require_apart(packs)
        return Catalogue(packs, self.index_hash)


def shipped_catalogue(dates: Mapping[str, date] | None = None) -> Catalogue:
    """The packs that come with the ledger, as this process first read them; ``dates`` puts
    announced ones in force, by id. Raises as ``load_catalogue`` does."""
    return _dated(_shipped(), dates)


@cache
def _shipped() -> Catalogue:
    return load_catalogue(files("ledger.rules") / "packs")


def load_catalogue(folder: Traversable, dates: Mapping[str, date] | None = None) -> Catalogue:
    """All packs of a folder, each as the index pins it.

    Raises ``PackMissing``, ``PackAltered``, ``PackNotPinned``, ``PacksOverlap``,
    ``MalformedPack`` or, for the dates, ``PackAlreadyDated``.
    """
    root = read_toml(INDEX, _read(folder, INDEX))
    packs = tuple(_pinned(folder, item) for item in root.table(("pack",))["pack"].items())
    _require_listed(folder, packs)
    _require_apart(packs)
    return _dated(Catalogue(packs, keccak(_INDEX + canonical_form(root))), dates)


def _dated(catalogue: Catalogue, dates: Mapping[str, date] | None) -> Catalogue:
    for pack_id, since in sorted((dates or {}).items(), key=lambda item: item[1]):
        catalogue = catalogue.dated(pack_id, since)
    return catalogue


def _pinned(folder: Traversable, item: Entry) -> Pack:
    listed = item.table(("id", "hash", "status"), ("in_force_from", "in_force_until"))
    name, expected = listed["id"].name(), listed["hash"].text()
    pack = read_pack(name, _read(folder, name + _SUFFIX))
    if hexed(pack.hash) != expected or pack.id != name:
        raise PackAltered(name, expected, hexed(pack.hash))
    return pack.during(_period(item, listed))


def _period(item: Entry, listed: dict[str, Entry]) -> Period | None:
    period = read_period(listed)
    announced = listed["status"].among(_STATUS) == "announced"
    if announced and period != Period(None, None):
        raise MalformedPack(item.path, "is announced: it has no date")
    if not announced and period.since is None:
        raise MalformedPack(item.path, "is in force: it has a first day")
    return None if announced else period


def _read(folder: Traversable, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise PackMissing(name.removesuffix(_SUFFIX)) from None


def _require_listed(folder: Traversable, packs: Iterable[Pack]) -> None:
    listed = {INDEX} | {pack.id + _SUFFIX for pack in packs}
    for file in folder.iterdir():
        if file.name.endswith(_SUFFIX) and file.name not in listed:
            raise PackNotPinned(file.name.removesuffix(_SUFFIX))


def _require_apart(packs: tuple[Pack, ...]) -> None:
    """No id and no hash twice, no day with two packs; PacksOverlap."""
    for n, one in enumerate(packs):
        for other in packs[n + 1 :]:
            if one.id == other.id or one.hash == other.hash:
                raise PacksOverlap(one.id, other.id)
    dated = [(pack.in_force.since, pack) for pack in packs if pack.in_force is not None]
    ordered = [pack for _, pack in sorted(dated, key=lambda item: item[0] or date.min)]
    for earlier, later in pairwise(ordered):
        if later.in_force and earlier.covers(later.in_force.since or date.min):
            raise PacksOverlap(earlier.id, later.id)


def _ended(pack: Pack, until: date) -> Pack:
    """The pack ending that day if it would go on for ever from a day before it."""
    period = pack.in_force
    if period is None or period.until is not None or not period.covers(until):
        return pack
    return pack if period.since == until else pack.during(Period(period.since, until))
