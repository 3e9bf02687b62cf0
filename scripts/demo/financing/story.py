"""What every act of the story has in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from client.member import Member
from client.records import LotRecord
from client.signing import amount_text
from ledger.errors import Refused
from ledger.ids import ClaimNo
from scripts.demo.financing.cast import officers, signer_of
from scripts.demo.scene import Troupe

CURRENCY = "CNY"


@dataclass
class StillBound(Refused):
    """A lot isn't its holder's alone again: something is wrong with us, not with the audience."""

    party: str
    claim: int
    lien: int
    summary: ClassVar[str] = "The lot of {party} in claim {claim} is under a lien of party {lien}."


@dataclass(kw_only=True)
class Story(Troupe):
    """One performance. ``today`` is the business day on which it is played."""

    today: date
    booked: int = 0
    """Statements written so far: each has a number of its own."""

    def signer(self, party: str) -> Member:
        """Who acts for a party of the play."""
        return self.member(signer_of(party))

    def second_officer(self, bank: str) -> Member:
        return self.member(officers(bank)[1])

    def only_lot(self, party: str, claim: ClaimNo) -> LotRecord:
        """The one live lot that a party holds of a claim."""
        held = [lot for lot in self.signer(party).api.my_lots() if lot["claim"] == claim]
        (lot,) = held
        return lot

    def require_free(self, party: str, claim: ClaimNo) -> None:
        """Raises ``StillBound`` if anyone has a lien on the party's one lot of the claim."""
        lot = self.only_lot(party, claim)
        if lot["lien"]:
            raise StillBound(party, claim, lot["lien"])


def money(units: int) -> str:
    return amount_text(units, CURRENCY)
