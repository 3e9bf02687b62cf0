"""What officers and holders do with requests and quotes, through the API."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from httpx import Response

from ledger.business_day import business_day, day_of
from ledger.commitments import root
from ledger.deals import Finance
from ledger.ids import PartyNo
from ledger.pricing import Terms, price
from ledger.remittance import new_reference
from ledger.store.reading.receivables import asked_about
from tests.financing.market import FACE, SELLER, Market, registration_of
from tests.support.accounts import Key
from tests.support.quoting import WEEK, Priced, terms_over

Alter = Callable[[Finance], Finance]


@dataclass(frozen=True)
class Drafted:
    """A quote before it is handed in: its body, and what only bank and holder know."""

    body: dict[str, Any]
    finance: Finance
    terms: Terms
    salt: bytes
    reference: str

    @property
    def advance(self) -> int:
        return price(self.terms).advance


@dataclass(frozen=True)
class Dealing:
    """Requests of one holder over one lot, and what banks answer."""

    market: Market
    claim: int
    holder: PartyNo = SELLER

    def ask(self, *banks: int, **changes: Any) -> list[dict[str, Any]]:
        answer = self.asked(*banks, **changes)
        assert answer.status_code == 201, answer.text
        found: list[dict[str, Any]] = answer.json()["requests"]
        return found

    def ask_registered(self, bank: int, end: int = FACE, **changes: Any) -> dict[str, Any]:
        """A request to a bank that is the first in the registry as far as is known by now."""
        self.market.registered(self.claim, bank, end=end)
        (request,) = self.ask(bank, end=str(end), **changes)
        return request

    def asked(self, *banks: int, **changes: Any) -> Response:
        body = {
            "banks": list(banks),
            "claim": self.claim,
            "lot": "0",
            "version": self.market.lot(self.claim).version,
            "start": "0",
            "end": str(FACE),
            "mode": "sale",
            "value_date": business_day(self.market.now).isoformat(),
            "expires": self.market.now + WEEK,
        }
        return self.market.post(self.holder, "/v1/finance-requests", body | changes)

    def look(self, who: int | Key, request: dict[str, Any]) -> dict[str, Any]:
        answer = self.market.post(who, f"/v1/desk/requests/{request['id']}/views", {})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def terms(self, request: dict[str, Any], **changes: Any) -> Terms:
        return terms_over(request, **({"maturity": self._maturity(request)} | changes))

    def _maturity(self, request: dict[str, Any]) -> date:
        with self.market.database.read() as connection:
            found = asked_about(connection, request["claim"])
        assert found is not None
        return day_of(found.claim.maturity)

    def draft(
        self,
        who: int | Key,
        request: dict[str, Any],
        view: dict[str, Any],
        *,
        terms: Terms | None = None,
        alter: Alter = lambda finance: finance,
        reference: str | None = None,
        **more: Any,
    ) -> Drafted:
        """A quote's body, signed by this officer after ``alter``."""
        priced = Priced(
            terms or self.terms(request), secrets.token_bytes(32), reference or new_reference()
        )
        registration = registration_of(request["claim"], request["bank"])
        named = {"registration": registration, "documents": root([])}
        finance = alter(priced.finance(request, view, self.market.now, **named))
        body = priced.body(finance, view, self.market.signature(who, finance))
        return Drafted(body | more, finance, priced.terms, priced.salt, priced.reference)

    def hand_in(
        self, who: int | Key, request: dict[str, Any], drafted: Drafted, **more: Any
    ) -> Response:
        path = f"/v1/finance-requests/{request['id']}/quotes"
        return self.market.post(who, path, drafted.body | more)

    def quoted(self, who: int | Key, request: dict[str, Any], **terms: Any) -> dict[str, Any]:
        """A quote that this officer made after a look."""
        view = self.look(who, request)
        drafted = self.draft(who, request, view, terms=self.terms(request, **terms))
        answer = self.hand_in(who, request, drafted)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def accept(self, quote: dict[str, Any], key: Key | None = None) -> Response:
        finance = Finance.from_json(quote["message"])
        body = {"approval": self.market.signature(key or self.holder, finance)}
        return self.market.post(self.holder, f"/v1/quotes/{quote['id']}/acceptance", body)
