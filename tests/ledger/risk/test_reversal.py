"""As whom a red letter is handed in."""

from __future__ import annotations

import pytest

from ledger.risk.reversal import Side, side_of


@pytest.mark.parametrize(
    ("identifier", "is_oracle", "side"),
    [
        ("uscc:S", False, Side.SELLER),
        ("uscc:B", False, Side.BUYER),
        ("uscc:B", True, Side.BUYER),
        ("uscc:X", True, Side.ORACLE),
        (None, True, Side.ORACLE),
        ("uscc:X", False, None),
        (None, False, None),
    ],
)
def test_side_of__whoever__its_nearest_side(
    identifier: str | None, is_oracle: bool, side: Side | None
) -> None:
    assert side_of(identifier, ["uscc:S"], ["uscc:B"], is_oracle=is_oracle) is side
