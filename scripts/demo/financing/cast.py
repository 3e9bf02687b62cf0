"""Who plays: a core enterprise, three tiers of suppliers, two banks. All fictional."""

from __future__ import annotations

from datetime import datetime

from client.council import FourEyes
from ledger.identifiers import PartyId, party_id
from ledger.roles import Role
from scripts.demo.cast import DEBTOR, Part
from scripts.demo.plan import TIER_1, TIER_2A, TIER_3A

TIER_2, TIER_3 = TIER_2A, TIER_3A
NORTH, SOUTH = "north-bank", "south-bank"
BANKS = (NORTH, SOUTH)
TREASURER, DIRECTOR = f"{DEBTOR}-treasurer", f"{DEBTOR}-director"
CORE_NAME, CORE_USCC = "虚构核心装备（上海）股份有限公司", "91310000MAC0RE00XR"
TIER_1_NAME, TIER_1_USCC = "虚构一号轴承（宁波）有限公司", "91330200MATE1ER01L"
_NORTH_NAME, _SOUTH_NAME = "虚构北方银行 North Bank", "虚构南方银行 South Bank"

FOUR_EYES = FourEyes(quorum=2, above=200_000_00)
"""Above this, two of a bank's officers, and two of the core enterprise's signers, sign."""


def officers(bank: str) -> tuple[str, str]:
    """Who signs for a bank, by the names of their keys: the one who quotes, and the second."""
    return f"{bank}-officer", f"{bank}-second-officer"


def cast(moment: datetime) -> list[Part]:
    """Everyone to be enrolled, core enterprise first.

    Accounts are new for each performance: a bank states an account's day once, and the story may
    be played twice in a day.
    """

    def account(number: int) -> str:
        return f"62{moment:%y%m%d%H%M%S}{number:03d}"

    return [
        Part(
            DEBTOR,
            CORE_NAME,
            _uscc(CORE_USCC),
            Role.CORE_ENTERPRISE,
            (TREASURER, DIRECTOR),
            FOUR_EYES,
            account(1),
        ),
        _supplier(TIER_1, TIER_1_NAME, TIER_1_USCC, account(2)),
        _supplier(TIER_2, "虚构滚子（苏州）有限公司 Rollers", "91320500MAT2ER0017", account(3)),
        _supplier(TIER_3, "虚构钢丝（合肥）有限公司 Wire", "91340100MAT3ER001D", account(4)),
        _bank(NORTH, _NORTH_NAME, "91320000MANRTH0013", account(5)),
        _bank(SOUTH, _SOUTH_NAME, "91440000MA0THN001T", account(6)),
    ]


def signer_of(name: str) -> str:
    """The key that acts for a party when one is enough."""
    if name in BANKS:
        return officers(name)[0]
    return TREASURER if name == DEBTOR else name


def _supplier(name: str, title: str, code: str, account: str) -> Part:
    return Part(name, title, _uscc(code), Role.SUPPLIER, (name,), account=account)


def _bank(name: str, title: str, code: str, account: str) -> Part:
    return Part(name, title, _uscc(code), Role.BANK, officers(name), FOUR_EYES, account)


def _uscc(code: str) -> PartyId:
    return party_id(f"uscc:{code}")
