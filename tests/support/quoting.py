"""A bank's quote over a request as the API shows it, before anybody signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.business_day import number_of
from ledger.deals import Finance, Mode
from ledger.hexadecimal import hexed, unhexed
from ledger.money import Units, currency_of
from ledger.pricing import RateBp, Terms, Timing, price
from ledger.remittance import commitment_to

WEEK = 7 * 86_400


def terms_over(request: dict[str, Any], *, maturity: date, **changes: Any) -> Terms:
    """All that is asked about, at 3.65 % a year."""
    pledge = request["mode"] == Mode.PLEDGE
    base: dict[str, Any] = {
        "currency": currency_of("CNY"),
        "financed": Units(int(request["amount"])),
        "value_date": date.fromisoformat(request["value_date"]),
        "maturity": maturity,
        "rate": RateBp(365),
        "late_rate": RateBp(548),
        "timing": Timing.ARREARS if pledge else Timing.DISCOUNT,
    }
    return Terms(**(base | changes))


@dataclass(frozen=True)
class Priced:
    """Terms, and what else opens a quote's commitments."""

    terms: Terms
    salt: bytes
    reference: str

    @property
    def advance(self) -> int:
        return price(self.terms).advance

    def finance(
        self, request: dict[str, Any], view: dict[str, Any], now: int, **named: bytes
    ) -> Finance:
        """The agreement; ``named`` are its registration and its documents' root."""
        return Finance(
            claim=request["claim"],
            lot=int(request["lot"]),
            version=request["version"],
            start=int(request["start"]),
            end=int(request["end"]),
            seller=request["holder"],
            bank=request["bank"],
            mode=Mode(request["mode"]).number,
            terms=self.terms.commitment(self.salt),
            advance=commitment_to(self.reference, self.terms.currency, self.advance),
            payBy=now + 2 * WEEK,
            dueOn=number_of(self.terms.maturity),
            rules=unhexed(view["view"]["rules"]["commitment"]),
            validUntil=now + WEEK // 2,
            **named,
        )

    def body(self, finance: Finance, view: dict[str, Any], approval: str) -> dict[str, Any]:
        """As it is handed in, with a reason for each rule that asks."""
        return {
            "message": finance.to_json(),
            "terms": self.terms.document().decode(),
            "salt": hexed(self.salt),
            "reference": self.reference,
            "seen": view["hash"],
            "justifications": {rule: f"{rule}: seen to." for rule in asking_why(view)},
            "approval": approval,
        }


def asking_why(view: dict[str, Any]) -> list[str]:
    """The rules that ask the officer for a justification."""
    answers = view["view"]["rules"]["answers"]
    return [one["rule"] for one in answers if one["outcome"] == "needs_justification"]
