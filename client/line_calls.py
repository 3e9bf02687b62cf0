"""The API's requests about credit lines, one method each: part of ``client.api.Api``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, cast

from client.line_records import (
    CreditLineRecord,
    IssuanceLimit,
    LineChange,
    LineHolder,
    PartyExposure,
)
from ledger.ids import PartyNo

_LINES = "/v1/lines"


class LineCalls(ABC):
    """A bank's own lines; what a core enterprise may still issue."""

    @abstractmethod
    def _get(self, path: str, **params: Any) -> Any: ...

    @abstractmethod
    def _put(self, path: str, body: Any) -> Any: ...

    @abstractmethod
    def _pages(self, path: str, **params: Any) -> Iterator[Any]: ...

    def put_line(self, body: Mapping[str, Any]) -> CreditLineRecord:
        """Hand in a signed change; see ``client.credit_lines`` for how one is made."""
        return cast("CreditLineRecord", self._put(_LINES, dict(body)))

    def lines(self, party: PartyNo | None = None) -> Iterator[CreditLineRecord]:
        """Of the caller's bank, newest first; those to one party, or all."""
        return cast("Iterator[CreditLineRecord]", self._pages(_LINES, party=party))

    def line(self, line: str) -> CreditLineRecord:
        return cast("CreditLineRecord", self._get(f"{_LINES}/{line}"))

    def line_changes(self, line: str) -> Iterator[LineChange]:
        return cast("Iterator[LineChange]", self._pages(f"{_LINES}/{line}/changes"))

    def line_holders(self, line: str) -> Iterator[LineHolder]:
        """What takes up a line at present, newest first."""
        return cast("Iterator[LineHolder]", self._pages(f"{_LINES}/{line}/holders"))

    def exposure(self, party: PartyNo) -> list[PartyExposure]:
        """What the caller's bank has lent on a party's word, by kind and currency."""
        return cast("list[PartyExposure]", self._get(f"/v1/exposures/{party}")["items"])

    def issuance_limits(self) -> list[IssuanceLimit]:
        """What the caller's party may still issue; empty where no bank set a limit."""
        return cast("list[IssuanceLimit]", self._get("/v1/issuance-limits")["items"])
