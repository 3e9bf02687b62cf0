"""The API's requests about financing, one method each: part of ``client.api.Api``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, cast

from client.deal_records import DealDetail, DealRecord
from client.records import DeskDecision, DeskView, FinanceRequest, Quote

_REQUESTS = "/v1/finance-requests"
_DEALS = "/v1/deals"


class FinancingCalls(ABC):
    """Asking banks, the officer's desk, quotes."""

    @abstractmethod
    def _get(self, path: str, **params: Any) -> Any: ...

    @abstractmethod
    def _post(self, path: str, body: Any) -> Any: ...

    @abstractmethod
    def _pages(self, path: str, **params: Any) -> Iterator[Any]: ...

    @abstractmethod
    def _content(self, path: str, accept: str | None = None) -> bytes: ...

    def ask_banks(self, body: Mapping[str, Any]) -> list[FinanceRequest]:
        """One request for each bank, in the order given."""
        return cast("list[FinanceRequest]", self._post(_REQUESTS, dict(body))["requests"])

    def finance_requests(
        self, role: str | None = None, *, open_only: bool = False
    ) -> Iterator[FinanceRequest]:
        """``role`` is the caller's side: holder or bank."""
        params = {"role": role, "open_only": "true" if open_only else None}
        return cast("Iterator[FinanceRequest]", self._pages(_REQUESTS, **params))

    def finance_request(self, request: str) -> FinanceRequest:
        return cast("FinanceRequest", self._get(f"{_REQUESTS}/{request}"))

    def say_about_request(self, request: str, text: str) -> FinanceRequest:
        return cast("FinanceRequest", self._post(f"{_REQUESTS}/{request}/messages", {"text": text}))

    def withdraw_request(self, request: str) -> FinanceRequest:
        return cast("FinanceRequest", self._post(f"{_REQUESTS}/{request}/withdrawal", {}))

    def look_at_request(self, request: str) -> DeskView:
        """What the desk shows an officer; kept as shown."""
        return cast("DeskView", self._post(f"/v1/desk/requests/{request}/views", {}))

    def decline_request(self, request: str, seen: str, reason: str) -> FinanceRequest:
        path = f"/v1/desk/requests/{request}/decline"
        return cast("FinanceRequest", self._post(path, {"seen": seen, "reason": reason}))

    def add_quote(self, request: str, body: Mapping[str, Any]) -> Quote:
        return cast("Quote", self._post(f"{_REQUESTS}/{request}/quotes", dict(body)))

    def quotes(self, request: str | None = None) -> Iterator[Quote]:
        return cast("Iterator[Quote]", self._pages("/v1/quotes", request=request))

    def quote(self, quote: str) -> Quote:
        return cast("Quote", self._get(f"/v1/quotes/{quote}"))

    def approve_quote(self, quote: str, seen: str, approval: str) -> Quote:
        body = {"seen": seen, "approval": approval}
        return cast("Quote", self._post(f"/v1/quotes/{quote}/approvals", body))

    def withdraw_quote(self, quote: str) -> Quote:
        return cast("Quote", self._post(f"/v1/quotes/{quote}/withdrawal", {}))

    def accept_quote(self, quote: str, approval: str) -> Quote:
        return cast("Quote", self._post(f"/v1/quotes/{quote}/acceptance", {"approval": approval}))

    def deals(self) -> Iterator[DealRecord]:
        """The caller's, as seller or bank, in the order of their entries."""
        return cast("Iterator[DealRecord]", self._pages(_DEALS))

    def deal(self, deal: str) -> DealDetail:
        """``deal`` is the digest of the agreement that made it."""
        return cast("DealDetail", self._get(f"{_DEALS}/{deal}"))

    def deal_payment_instruction(self, deal: str, commitment: str) -> bytes:
        """A pain.001 message for a debt that the caller's party owes."""
        path = f"{_DEALS}/{deal}/obligations/{commitment}/payment-instruction"
        return self._content(path, "application/xml")

    def desk_decisions(self, request: str | None = None) -> Iterator[DeskDecision]:
        return cast("Iterator[DeskDecision]", self._pages("/v1/desk/decisions", request=request))

    def desk_decision(self, decision: str) -> DeskDecision:
        return cast("DeskDecision", self._get(f"/v1/desk/decisions/{decision}"))

    def decided_view(self, decision: str) -> bytes:
        """What the officer saw, byte for byte."""
        return self._content(f"/v1/desk/decisions/{decision}/view")
