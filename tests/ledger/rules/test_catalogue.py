"""Packs: pinned, picked by date, and none removed, altered or overlapping unnoticed."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from api.serve import run_api
from ledger.errors import Refused
from ledger.rules import catalogue, load_catalogue, shipped_catalogue
from ledger.rules.errors import (
    MalformedPack,
    NoPackInForce,
    PackAlreadyDated,
    PackAltered,
    PackMissing,
    PackNotPinned,
    PacksOverlap,
)
from tests.ledger.rules.packs import ANNOUNCED, add_pack, in_force, pin

ONE, TWO = in_force("2025-01-01", "2026-01-01"), in_force("2026-01-01")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pack ``one`` in 2025, ``two`` from 2026, ``three`` announced."""
    add_pack(tmp_path, "one", ONE, limit=5)
    add_pack(tmp_path, "two", TWO, limit=4)
    add_pack(tmp_path, "three", ANNOUNCED, limit=3)
    return tmp_path


@pytest.mark.parametrize(
    ("on", "pack"),
    [
        (date(2025, 1, 1), "one"),
        (date(2025, 12, 31), "one"),
        (date(2026, 1, 1), "two"),
        (date(9999, 12, 31), "two"),
    ],
)
def test_pack_for__days_around_a_change__the_one_in_force(
    folder: Path, on: date, pack: str
) -> None:
    assert load_catalogue(folder).pack_for(on).id == pack


def test_pack_for__before_the_first_pack__refused(folder: Path) -> None:
    with pytest.raises(NoPackInForce):
        load_catalogue(folder).pack_for(date(2024, 12, 31))


def test_load_catalogue__announced_pack_given_a_date__ends_the_one_before(folder: Path) -> None:
    dated = load_catalogue(folder, {"three": date(2027, 3, 1)})
    assert dated.pack_for(date(2027, 2, 28)).id == "two"
    assert dated.pack_for(date(2027, 3, 1)).id == "three"
    hashes = [pack.hash for pack in dated.packs]
    assert hashes == [pack.hash for pack in load_catalogue(folder).packs]


@pytest.mark.parametrize(
    ("name", "since", "refusal"),
    [
        ("four", date(2027, 1, 1), PackMissing),
        ("two", date(2027, 1, 1), PackAlreadyDated),
        ("three", date(2026, 1, 1), PacksOverlap),
        ("three", date(2025, 6, 1), PacksOverlap),
    ],
)
def test_load_catalogue__date_that_cannot_be__refused(
    folder: Path, name: str, since: date, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        load_catalogue(folder, {name: since})


def test_load_catalogue__pack_removed__refused(folder: Path) -> None:
    (folder / "one.toml").unlink()
    with pytest.raises(PackMissing):
        load_catalogue(folder)


def test_load_catalogue__index_removed__refused(folder: Path) -> None:
    (folder / "index.toml").unlink()
    with pytest.raises(PackMissing):
        load_catalogue(folder)


def test_by_hash__pack_removed_from_the_index_too__refused(folder: Path, tmp_path: Path) -> None:
    known = load_catalogue(folder)
    (folder / "index.toml").unlink()
    (folder / "one.toml").unlink()
    (folder / "three.toml").unlink()
    add_pack(folder, "two", TWO, limit=4)
    with pytest.raises(PackMissing):
        load_catalogue(folder).by_hash(known.by_id("one").hash)


@pytest.mark.parametrize(
    ("old", "new"),
    [("limit = 5", "limit = 6"), ('"refused"', '"needs_justification"'), ('"A test"', '"A tests"')],
)
def test_load_catalogue__pack_altered__refused(folder: Path, old: str, new: str) -> None:
    pack = folder / "one.toml"
    pack.write_text(pack.read_text().replace(old, new))
    with pytest.raises(PackAltered):
        load_catalogue(folder)


def test_load_catalogue__pack_under_another_name__refused(folder: Path) -> None:
    (folder / "one.toml").write_bytes((folder / "two.toml").read_bytes())
    with pytest.raises(PackAltered):
        load_catalogue(folder)


def test_load_catalogue__comments_and_layout_changed__same_pack(folder: Path) -> None:
    before = load_catalogue(folder)
    pack = folder / "one.toml"
    pack.write_text("# a comment\n" + pack.read_text().replace(" = ", "   =  "))
    assert load_catalogue(folder) == before


def test_load_catalogue__pack_beside_the_index__refused(folder: Path) -> None:
    (folder / "stray.toml").write_bytes((folder / "one.toml").read_bytes())
    with pytest.raises(PackNotPinned):
        load_catalogue(folder)


@pytest.mark.parametrize(
    "period",
    [
        in_force("2025-12-31", "2026-01-01"),
        in_force("2024-01-01", "2025-01-02"),
        in_force("2024-01-01"),
        in_force("2026-01-01"),
        in_force("2030-01-01"),
    ],
)
def test_load_catalogue__two_packs_on_one_day__refused(folder: Path, period: str) -> None:
    add_pack(folder, "four", period, limit=9)
    with pytest.raises(PacksOverlap):
        load_catalogue(folder)


def test_load_catalogue__gap_between_packs__no_pack_on_those_days(tmp_path: Path) -> None:
    add_pack(tmp_path, "one", in_force("2025-01-01", "2025-06-01"))
    add_pack(tmp_path, "two", in_force("2025-07-01"), limit=4)
    with pytest.raises(NoPackInForce):
        load_catalogue(tmp_path).pack_for(date(2025, 6, 15))


def test_load_catalogue__pack_listed_twice__refused(folder: Path) -> None:
    pack_hash = "0x" + load_catalogue(folder).by_id("three").hash.hex()
    pin(folder, "three", pack_hash, in_force("2030-01-01"))
    with pytest.raises(PacksOverlap):
        load_catalogue(folder)


@pytest.mark.parametrize(
    "period",
    [
        'status = "in force"',
        'status = "announced"\nin_force_from = 2027-01-01',
        'status = "maybe"',
        in_force("2027-01-01", "2027-01-01"),
        in_force('"2027-01-01"'),
        in_force("2027-01-01T00:00:00"),
    ],
)
def test_load_catalogue__index_that_makes_no_sense__refused(folder: Path, period: str) -> None:
    add_pack(folder, "four", period, limit=9)
    with pytest.raises(MalformedPack):
        load_catalogue(folder)


def test_load_catalogue__name_that_leaves_the_folder__refused(folder: Path) -> None:
    pin(folder, "../one", "0x00", ANNOUNCED)
    with pytest.raises(MalformedPack):
        load_catalogue(folder)


def test_index_hash__a_date_changed__differs(folder: Path) -> None:
    before = load_catalogue(folder).index_hash
    index = folder / "index.toml"
    index.write_text(index.read_text().replace("2025-01-01", "2025-01-02"))
    assert load_catalogue(folder).index_hash != before


def test_shipped_catalogue__as_it_is__one_in_force_one_announced() -> None:
    shipped = shipped_catalogue()
    assert shipped.pack_for(date(2025, 6, 15)).id == "cn-receivables-1"
    assert shipped.by_id("cn-receivables-2").in_force is None
    with pytest.raises(NoPackInForce):
        shipped.pack_for(date(2025, 6, 14))


def test_shipped_catalogue__asked_again__not_read_again() -> None:
    assert shipped_catalogue().packs is shipped_catalogue().packs


def test_shipped_catalogue__pack_altered__no_api_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(Path(catalogue.__file__).parent / "packs", packs)
    altered = packs / "cn-receivables-1.toml"
    text = altered.read_text(encoding="utf-8")
    altered.write_text(text.replace("refuse_beyond_months = 12", "refuse_beyond_months = 99"))
    monkeypatch.setattr(catalogue, "files", lambda _: tmp_path)
    monkeypatch.setattr(catalogue, "_shipped", catalogue._shipped.__wrapped__)
    with pytest.raises(PackAltered):
        run_api(Mock(), Mock(), Mock())


def test_shipped_catalogue__change_to_six_months_dated__picked_from_then_on() -> None:
    since = date(2027, 1, 1)
    shipped = shipped_catalogue({"cn-receivables-2": since})
    assert shipped.pack_for(since - timedelta(1)).id == "cn-receivables-1"
    assert shipped.pack_for(since).id == "cn-receivables-2"


def test_shipped_catalogue__every_rule__has_a_source_and_says_what_it_needs() -> None:
    for pack in shipped_catalogue().packs:
        for rule in pack.rules:
            assert rule.source.text
            assert rule.source.article
            assert rule.needs or rule.kind.split("@")[0] in {
                "structural",
                "overdue-categories",
                "contagion",
                "concentration",
                "registration-notice",
            }
