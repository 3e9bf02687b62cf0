"""A bank with deals over the made-up API's ledger, and days that pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.business_day import end_of
from ledger.deals import Mode
from ledger.documents import read_invoice
from ledger.ids import PartyNo
from ledger.words import LotState
from tests.api.world import CORE, TIER1, World, einvoice
from tests.support.synthetic import MATURITY, NO_DOCUMENTS
from tests.support.synthetic_financing import SyntheticDesk

DUE = date(2027, 5, 21)
FACE = 10_000


@dataclass
class Lending:
    """CORE owes TIER1 on the sample invoice; ``bank`` finances parts of it, ``rival`` others."""

    world: World
    desk: SyntheticDesk = field(init=False)
    bank: PartyNo = field(init=False)
    rival: PartyNo = field(init=False)

    def __post_init__(self) -> None:
        ledger = self.world.ledger
        self.desk = SyntheticDesk(ledger)
        self.bank = self.desk.bank
        self.rival = ledger.enrol("RIVAL", 4)
        invoice = read_invoice(einvoice())
        use = InvoiceUse(invoice.fingerprint, invoice.payable, FACE, 0)
        issue = Issue(CORE, TIER1, "CNY", FACE, MATURITY, (use,), NO_DOCUMENTS, FOREVER)
        self.desk.claim = ledger.post_issue(issue)

    def finance(self, name: str, mode: Mode, start: int, end: int, **changes: Any) -> str:
        """A deal whose advance is paid; its digest."""
        self.desk.conclude(name, mode, start, end, **changes)
        if mode is Mode.PLEDGE:
            self.desk.prove_on_record(name)
        else:
            self.desk.prove_and_release(name, start)
        self.world.index()
        return "0x" + self.desk.deal(name).hex()

    def finance_at_rival(self, name: str, mode: Mode, start: int, end: int) -> str:
        self.desk.bank = self.rival
        deal = self.finance(name, mode, start, end)
        self.desk.bank = self.bank
        return deal

    def pass_days(self, beyond_maturity: int) -> None:
        """It is the end of the day so many days past due."""
        self.world.now = end_of(DUE + timedelta(beyond_maturity))
        self.world.tokens.clear()

    def freeze(self, start: int) -> None:
        assert self.desk.lot(start).state is LotState.LIVE
        self.desk.order(start, freeze=True)
        self.world.index()

    def alerts(self, who: int, **params: Any) -> list[dict[str, Any]]:
        answer = self.world.get(who, "/v1/risk/alerts", **params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def kinds(self, who: int) -> list[str]:
        return [one["kind"] for one in self.alerts(who)]
