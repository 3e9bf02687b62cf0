"""A bundle that was changed anywhere, in any way, is not believed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.bundle import Bundle, DocumentSet, OpenedDocument, bundle_bytes
from ledger.canonical import write_canonical
from ledger.commitments import commit
from ledger.entries import Op
from ledger.trust import Trust
from ledger.verify import verify
from tests.support.comet import final_bundle, final_trust
from tests.support.synthetic import CORE, ORACLES, SUPPLIER, SyntheticLedger

TOKEN = re.compile(rb'"[^"]*"|[0-9]+|[^"0-9]')
SALTS = (b"\1" * 32, b"\2" * 32)
PAPERS = (b"a contract", b"a delivery note")
FINAL = pytest.mark.parametrize("final", [False, True], ids=["pinned", "final"])


@cache
def small(final: bool = False) -> tuple[Bundle, bytes, Trust]:
    """As short a life as a claim can have, with one of its two documents opened; its heads pinned
    by the trust file, or ``final`` by validators' signatures."""
    commitments = [commit(salt, paper) for salt, paper in zip(SALTS, PAPERS, strict=True)]
    papers = DocumentSet.of(commitments, [OpenedDocument(SALTS[0], PAPERS[0])])
    ledger = SyntheticLedger()
    ledger.found()
    ledger.seat_oracles(members=ORACLES[:2])
    debtor, creditor = ledger.enrol("CORE", CORE), ledger.enrol("TIER 1", SUPPLIER)
    claim = ledger.issue(debtor, creditor, 100, documents=papers.root)
    ledger.settle(ledger.payment(claim, 0, 60))
    ledger.settle(ledger.payment(claim, 60, 40))
    if final:
        bundle, trust = final_bundle(ledger, claim, [papers]), final_trust(ledger)
    else:
        bundle, trust = ledger.bundle(claim, [papers]), ledger.trust(claim)
    return bundle, bundle_bytes(bundle), trust


def believed(data: bytes, final: bool = False) -> bool:
    return verify(data, small(final)[2]).ok


def flipped(data: bytes, position: int, mask: int) -> bytes:
    return data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]


@FINAL
def test_verify__bundle_as_made__believed(final: bool) -> None:
    assert believed(small(final)[1], final)


def test_verify__a_byte_flipped_in_any_token__not_believed() -> None:
    """First, middle and last byte of every token: structure, keys, numbers and texts."""
    assert_no_token_free(small()[1], final=False)


def test_verify__a_byte_flipped_in_any_token_of_the_evidence__not_believed() -> None:
    data = small(final=True)[1]
    assert_no_token_free(data, final=True, start=data.index(b'"state"'))


def assert_no_token_free(data: bytes, final: bool, start: int = 0) -> None:
    random = Random(2)
    for token in TOKEN.finditer(data, start):
        first, last = token.start(), token.end() - 1
        for position in {first, (first + last) // 2, last}:
            mask = random.choice([0x01, 0x02, 0x20, 0x80])
            assert not believed(flipped(data, position, mask), final), (position, mask)


def test_verify__every_sixteenth_byte_flipped__not_believed() -> None:
    data = small()[1]
    for position in range(0, len(data), 16):
        assert not believed(flipped(data, position, 0x01)), position


def test_verify__every_fourth_byte_of_the_evidence_flipped__not_believed() -> None:
    data = small(final=True)[1]
    for position in range(data.index(b'"state"'), len(data), 4):
        assert not believed(flipped(data, position, 0x01), final=True), position


@FINAL
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_verify__any_byte_made_any_other__not_believed(final: bool, data: st.DataObject) -> None:
    sound = small(final)[1]
    position = data.draw(st.integers(0, len(sound) - 1))
    assert not believed(flipped(sound, position, data.draw(st.integers(1, 255))), final)


@pytest.mark.soak
@FINAL
def test_verify__every_byte_flipped_in_every_bit__not_believed(final: bool) -> None:
    data = small(final)[1]
    for position in range(data.index(b'"state"') if final else 0, len(data)):
        for bit in range(8):
            assert not believed(flipped(data, position, 1 << bit), final), (position, bit)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_verify__cut_short_or_added_to__not_believed(data: st.DataObject) -> None:
    sound = small()[1]
    assert not believed(sound[: data.draw(st.integers(0, len(sound) - 1))])
    assert not believed(sound + data.draw(st.binary(min_size=1, max_size=8)))


def entries_without(bundle: Bundle, left_out: int) -> Bundle:
    kept = [entry for n, entry in enumerate(bundle.entries) if n != left_out]
    return replace(bundle, entries=tuple(kept))


@pytest.mark.parametrize("position", range(12))
def test_verify__entry_deleted_repeated_or_moved__not_believed(position: int) -> None:
    bundle = small()[0]
    assert len(bundle.entries) == 12
    entries = list(bundle.entries)
    swapped = [*entries]
    swapped[position - 1], swapped[position] = swapped[position], swapped[position - 1]
    repeated = [*entries[: position + 1], *entries[position:]]
    assert not believed(bundle_bytes(entries_without(bundle, position)))
    assert not believed(bundle_bytes(replace(bundle, entries=tuple(swapped))))
    assert not believed(bundle_bytes(replace(bundle, entries=tuple(repeated))))


def test_verify__signatures_of_two_sides_swapped__not_believed() -> None:
    bundle = small()[0]
    opened = next(n for n, entry in enumerate(bundle.entries) if entry.op is Op.OPENED)
    issue = bundle.entries[opened]
    first, second = (match.start() for match in re.finditer(bytes([0] * 31 + [65]), issue.memo))
    memo = bytearray(issue.memo)
    memo[first + 32 : first + 97], memo[second + 32 : second + 97] = (
        issue.memo[second + 32 : second + 97],
        issue.memo[first + 32 : first + 97],
    )
    entries = [*bundle.entries]
    entries[opened] = replace(issue, memo=bytes(memo))
    report = verify(bundle_bytes(replace(bundle, entries=tuple(entries))), small()[2])
    assert {"HeadMismatch", "NotSigner"} <= {problem.refusal.name for problem in report.problems}


def respelled(change: Callable[[Any], Any]) -> bytes:
    return write_canonical(change(json.loads(small()[1])))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null\n",
        b"[" * 100_000,
        b'["]",' * 100_000,
        b'{"\\"]":' * 100_000,
        b"\xff\xfe",
        b'{"format":"yuanliu-bundle/2"}',
        json.dumps(json.loads(small()[1])).encode(),
        json.dumps(json.loads(small()[1]), indent=1).encode(),
        small()[1].replace(b"0x", b"0X", 1),
        small()[1].replace(b'"claim":1', b'"claim":1.0'),
        small()[1].replace(b'"claim":1', b'"claim":true'),
        small()[1].replace(b'"claim":1', b'"claim":' + 5000 * b"1"),
        small()[1].replace(b'"claim":1,', b'"claim":2,"claim":1,'),
        respelled(lambda bundle: bundle | {"note": "harmless"}),
        respelled(lambda bundle: bundle | {"claim": 0}),
        respelled(lambda bundle: bundle | {"documents": 2 * bundle["documents"]}),
        respelled(lambda bundle: bundle | {"entries": []}),
        respelled(lambda bundle: bundle | {"entries": [None]}),
    ],
    ids=range(20),
)
def test_verify__another_spelling_or_nonsense__not_believed(data: bytes) -> None:
    assert not believed(data)


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5), st.data())
def test_verify__any_json_in_any_place__a_report_and_no_fault(
    junk: Any, data: st.DataObject
) -> None:
    bundle = json.loads(small()[1])
    place: Any = bundle
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = junk
    assume(junk != [])  # fewer documents make a narrower bundle, not a false one
    assert not believed(write_canonical_or_plain(bundle))


def write_canonical_or_plain(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
