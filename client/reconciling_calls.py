"""The API's requests about reconciliation, one method each: part of ``client.api.Api``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from client.reconciling_records import DayEndRecord, InstructionRecord, JournalEntry
from client.records import StatementLineRecord
from ledger.hexadecimal import unhexed


class ReconcilingCalls(ABC):
    """The day-end report, what banks were told, and what people did about statement lines."""

    @abstractmethod
    def _get(self, path: str, **params: Any) -> Any: ...

    @abstractmethod
    def _post(self, path: str, body: Any) -> Any: ...

    @abstractmethod
    def _pages(self, path: str, **params: Any) -> Iterator[Any]: ...

    def day_end(self, day: date | None = None) -> DayEndRecord:
        """The party's day in Shanghai, today by default, with all of its items."""
        path, named = "/v1/reports/day-end", None if day is None else day.isoformat()
        page = self._get(path, day=named)
        items, cursor = list(page["items"]), page["next"]
        while cursor is not None:
            more = self._get(path, day=named, cursor=cursor)
            items += more["items"]
            cursor = more["next"]
        page["items"] = items
        del page["next"]
        return cast("DayEndRecord", page)

    def handed_out(self) -> Iterator[InstructionRecord]:
        """Payment messages that the party took for its bank, newest first."""
        path = "/v1/payment-instructions/handed-out"
        return cast("Iterator[InstructionRecord]", self._pages(path))

    def resolve_line(self, line: str, body: Mapping[str, Any]) -> StatementLineRecord:
        """Hand in a signed resolution; see ``client.resolving`` for how one is made."""
        path = f"/v1/worklist/{line}/resolution"
        return cast("StatementLineRecord", self._post(path, dict(body)))

    def journal(self) -> Iterator[JournalEntry]:
        """Resolutions that the caller's party signed, newest first."""
        return cast("Iterator[JournalEntry]", self._pages("/v1/worklist/journal"))

    def journal_end(self) -> tuple[int, bytes]:
        """How many resolutions the caller's journal has, and its head."""
        page = self._get("/v1/worklist/journal", limit=1)
        return int(page["length"]), unhexed(page["head"])
