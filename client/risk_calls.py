"""The API's requests about risk after a deal, one method each: part of ``client.api.Api``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, cast

from client.risk_records import (
    CollectionTask,
    DebtCategory,
    DebtorCategory,
    InvoiceReversal,
    RiskAlert,
)
from ledger.ids import PartyNo

_RISK = "/v1/risk"
_REVERSALS = "/v1/invoice-reversals"


class RiskCalls(ABC):
    """Alerts, categories, the collections worklist, reversed invoices."""

    @abstractmethod
    def _post(self, path: str, body: Any) -> Any: ...

    @abstractmethod
    def _pages(self, path: str, **params: Any) -> Iterator[Any]: ...

    @abstractmethod
    def _upload(self, path: str, content: bytes, params: dict[str, str]) -> Any: ...

    def alerts(self, *, open_only: bool = False) -> Iterator[RiskAlert]:
        """Of the caller's own deals; ``open_only``: that nobody of its party has seen to."""
        params = {"open_only": "true" if open_only else None}
        return cast("Iterator[RiskAlert]", self._pages(f"{_RISK}/alerts", **params))

    def acknowledge_alert(self, alert: RiskAlert, note: str) -> RiskAlert:
        path = f"{_RISK}/alerts/{alert['id']}/acknowledgement"
        return cast("RiskAlert", self._post(path, {"deal": alert["deal"], "note": note}))

    def debtor_categories(self) -> Iterator[DebtorCategory]:
        """Of everyone who owes the caller's bank something."""
        return cast("Iterator[DebtorCategory]", self._pages(f"{_RISK}/classes"))

    def debt_categories(self, party: PartyNo) -> Iterator[DebtCategory]:
        return cast("Iterator[DebtCategory]", self._pages(f"{_RISK}/classes/{party}"))

    def collections(self) -> Iterator[CollectionTask]:
        """What is late in the caller's deals, and whose move is next."""
        return cast("Iterator[CollectionTask]", self._pages(f"{_RISK}/collections"))

    def reverse_invoice(self, red_letter: bytes) -> InvoiceReversal:
        return cast("InvoiceReversal", self._upload(_REVERSALS, red_letter, {}))

    def invoice_reversals(self) -> Iterator[InvoiceReversal]:
        """Red letters that were handed in and concern the caller."""
        return cast("Iterator[InvoiceReversal]", self._pages(_REVERSALS))
