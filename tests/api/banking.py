"""A holder, two banks and their officers, asking and quoting over the made-up API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from httpx import Response

from ledger.business_day import business_day, day_of
from ledger.commitments import root
from ledger.credit import CreditLine, LineKind
from ledger.deals import UNREGISTERED, Finance, Registration
from ledger.entries import Op
from ledger.ids import Address, ClaimNo, Digest, PartyNo
from ledger.keccak import keccak
from ledger.pricing import Terms
from ledger.store.keeping.lines import SignedLine, find_line, put_line
from tests.api.world import BANK, CORE, NOW, TIER1, TIER2, World, einvoice
from tests.support.quoting import WEEK, Priced, terms_over
from tests.support.synthetic import DEPLOYMENT, ORACLES, Key

SALT = keccak(b"salt")
REGISTERED = NOW - WEEK
REGISTERED_UNTIL = 2030_01_01
REFERENCE = "YR-" + "A" * 30


@dataclass
class Banking:
    """CORE owes TIER1, who gave TIER2 the lot [1000, 5000); BANK and RIVAL may be asked, and
    CAREFUL_BANK, where two officers sign above 1,000."""

    world: World
    rival: PartyNo = field(init=False)
    careful: PartyNo = field(init=False)
    claim: int = field(init=False)
    salts: int = 0

    def __post_init__(self) -> None:
        ledger = self.world.ledger
        self.rival = ledger.enrol("RIVAL", 4)
        self.careful = ledger.enrol("CAREFUL BANK", 4, signers=2, quorum=2, dual_above=1_000)
        self.claim = ledger.issue(CORE, TIER1, 5_000)
        ledger.transfer(self.claim, 0, 1_000, 5_000, TIER2)
        self.world.index()
        for position, bank in enumerate((BANK, self.rival, self.careful)):
            self.line(bank, CORE, LineKind.DEBTOR)
            self.line(bank, TIER2, LineKind.RECOURSE)
            self.register(bank, registeredAt=REGISTERED + position)

    # ── the movables registry ────────────────────────────────────────────────────────────────

    def register(self, bank: int, /, **changes: Any) -> None:
        """A quorum has witnessed a registration of the whole claim for this bank. To begin with
        BANK's comes before RIVAL's, and that before CAREFUL_BANK's."""
        fact = Registration(
            config=self.world.ledger.config,
            claim=self.claim,
            start=0,
            end=5_000,
            bank=bank,
            number=registration_of(bank),
            registeredAt=REGISTERED,
            expiresOn=REGISTERED_UNTIL,
        )
        fact = replace(fact, **changes)
        signed = self.world.ledger.signed(fact, ORACLES[:2])
        self.world.ledger.post_act(signed, Op.RECORDED, [fact.bank], ClaimNo(fact.claim))
        self.world.index()

    # ── the bank's lines ─────────────────────────────────────────────────────────────────────

    def line(self, bank: int, party: int, kind: LineKind, limit: int = 100_000) -> None:
        ends = 2030_01_01
        wanted = CreditLine(bank, party, kind.value, "CNY", limit, ends, "test", 0, 2**40)
        name = Digest(keccak(f"{bank} {party} {kind} {limit}".encode()))
        change = SignedLine(name, wanted, [Address("0x" + "0" * 40)], [])
        self.world.database.write(lambda connection: put_line(connection, change, NOW, 0))

    def open_of(self, bank: int, party: int = CORE, kind: LineKind = LineKind.DEBTOR) -> int:
        with self.world.database.read() as connection:
            found = find_line(connection, PartyNo(bank), PartyNo(party), kind, "CNY")
        assert found is not None
        return found.open

    # ── asking ───────────────────────────────────────────────────────────────────────────────

    def body(self, *banks: int, **changes: Any) -> dict[str, Any]:
        today = business_day(self.world.now)
        body = {
            "banks": list(banks or (BANK,)),
            "claim": self.claim,
            "lot": "1000",
            "version": self.world.ledger.lots[self.claim, 1_000].version,
            "start": "1000",
            "end": "3000",
            "mode": "sale",
            "value_date": today.isoformat(),
            "expires": self.world.now + WEEK,
        }
        return body | changes

    def ask(self, *banks: int, **changes: Any) -> list[dict[str, Any]]:
        answer = self.world.post(TIER2, "/v1/finance-requests", self.body(*banks, **changes))
        assert answer.status_code == 201, answer.text
        found: list[dict[str, Any]] = answer.json()["requests"]
        return found

    # ── deciding ─────────────────────────────────────────────────────────────────────────────

    def look(self, who: int | Key, request: dict[str, Any]) -> dict[str, Any]:
        answer = self.world.post(who, f"/v1/desk/requests/{request['id']}/views", {})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def terms(self, request: dict[str, Any], **changes: Any) -> Terms:
        return terms_over(request, **({"maturity": day_of(2027_05_21)} | changes))

    def draft(
        self,
        who: int | Key,
        request: dict[str, Any],
        view: dict[str, Any],
        terms: Terms | None = None,
        alter: Callable[[Finance], Finance] = lambda finance: finance,
        **more: Any,
    ) -> dict[str, Any]:
        """A quote's body, signed by this officer after ``alter``."""
        self.salts += 1
        salt = keccak(b"salt %d" % self.salts)
        priced = Priced(terms or self.terms(request), salt, REFERENCE)
        named = {"registration": registration_in(view), "documents": self.root(request, who)}
        finance = alter(priced.finance(request, view, self.world.now, **named))
        return priced.body(finance, view, self.approval(who, finance)) | more

    def root(self, request: dict[str, Any], who: int | Key) -> bytes:
        ids = request["documents"]
        found = [self.world.get(who, f"/v1/documents/{one}").json() for one in ids]
        return root([bytes.fromhex(one["commitment"][2:]) for one in found])

    def approval(self, who: int | Key, finance: Finance) -> str:
        return "0x" + self.world.key(who).sign(DEPLOYMENT.digest(finance)).hex()

    def quote(self, who: int | Key, request: dict[str, Any], body: dict[str, Any]) -> Response:
        return self.world.post(who, f"/v1/finance-requests/{request['id']}/quotes", body)

    def quoted(
        self, who: int | Key, request: dict[str, Any], terms: Terms | None = None
    ) -> dict[str, Any]:
        """A quote that this officer made after a look."""
        answer = self.quote(who, request, self.draft(who, request, self.look(who, request), terms))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def approve(self, who: int | Key, quote: dict[str, Any], **more: Any) -> Response:
        """The second officer looks, and signs."""
        view = self.look(who, {"id": quote["request"]})
        finance = Finance.from_json(quote["message"])
        body = {"seen": view["hash"], "approval": self.approval(who, finance)} | more
        return self.world.post(who, f"/v1/quotes/{quote['id']}/approvals", body)

    def accept(self, who: int | Key, quote: dict[str, Any], key: Key | None = None) -> Response:
        finance = Finance.from_json(quote["message"])
        body = {"approval": self.approval(key or who, finance)}
        return self.world.post(who, f"/v1/quotes/{quote['id']}/acceptance", body)

    # ── the chain's side ─────────────────────────────────────────────────────────────────────

    def move_lot(self) -> None:
        """TIER2 gives the first units of its lot away."""
        self.world.ledger.transfer(self.claim, 1_000, 1_000, 1_010, TIER1)
        self.world.index()


def document_of(world: World, who: int = TIER2) -> dict[str, Any]:
    found: dict[str, Any] = world.upload(who, "/v1/documents", einvoice()).json()
    return found


def registration_of(bank: int) -> bytes:
    """The commitment to the number of the bank's registration of the claim."""
    return keccak(b"registration of bank %d" % bank)


def registration_in(view: dict[str, Any]) -> bytes:
    """The one that the desk shows the bank can quote on."""
    found = view["view"]["registration"]
    return UNREGISTERED if found is None else bytes.fromhex(found["number"][2:])
