"""A pack's form: every word of it checked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.rules.catalogue import files
from ledger.rules.errors import MalformedPack
from ledger.rules.reading import read_pack

SHIPPED = (files("ledger.rules") / "packs" / "cn-receivables-1.toml").read_text(encoding="utf-8")


def test_read_pack__nothing_but_a_figure_changed__another_hash() -> None:
    changed = SHIPPED.replace("over_percent = 10", "over_percent = 11")
    assert read_pack("one", changed.encode()).hash != read_pack("one", SHIPPED.encode()).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pass_months = 6", "pass_months = 6.0"),
        ("pass_months = 6", "pass_months = -6"),
        ("pass_months = 6", "pass_months = 13"),
        ("pass_months = 6", 'pass_months = "6"'),
        ("pass_months = 6", "pass_months = 6\nnow = 2026-01-01T00:00:00Z"),
        ("pass_months = 6\n", ""),
        ('start = "issued_on"', 'start = "registered"'),
        ('start = "issued_on"', 'start = "__class__"'),
        ('fact = "split_layer"', 'fact = "issuer_blocked"'),
        ("value = true", "value = 1"),
        ('otherwise = "refused"', 'otherwise = "pass"'),
        ('kind = "must-be@1"', 'kind = "must-be@2"'),
        ('acts = ["issue"]', 'acts = ["settle"]'),
        ('only_if = ["buyer_is_large"', 'only_if = ["buyer_is_big"'),
        ("in_force_from = 2025-06-15", 'in_force_from = "2025-06-15"'),
        ("in_force_from = 2025-06-15", "in_force_from = 2025-06-15\nin_force_until = 2025-06-15"),
        ("doubtful_over_days = 270", "doubtful_over_days = 90"),
        ('known = "secondary"', 'known = "rumour"'),
        ('id = "contagion"', 'id = "tenor"'),
        ('id = "cn-receivables-1"', 'id = "../cn"'),
        ('article = "7"', 'article = ""'),
        ("version = 1", "version = true"),
        ("[[rule]]", "[rule]"),
        ("[[rule]]", "[["),
    ],
)
def test_read_pack__one_word_wrong__refused(old: str, new: str) -> None:
    assert old in SHIPPED
    with pytest.raises(MalformedPack) as caught:
        read_pack("one", re.sub(re.escape(old), new, SHIPPED, count=1).encode())
    assert str(caught.value)


def test_read_pack__not_utf_8__refused() -> None:
    with pytest.raises(MalformedPack):
        read_pack("one", b'id = "\xff"')


@given(st.integers(0, 3000), st.binary(max_size=8))
def test_read_pack__damaged__a_pack_of_another_hash_or_a_named_refusal(
    at: int, junk: bytes
) -> None:
    whole = SHIPPED.encode()
    try:
        read_pack("one", whole[:at] + junk + whole[at + len(junk) :])
    except Refused:
        return
