"""Rows of what stays private: credit lines and their use, requests, quotes, documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from api.invoices import invoice_json
from ledger.business_day import business_day, day_of
from ledger.commitments import commit
from ledger.credit import HIGHEST_LIMIT, LineKind
from ledger.deals import Finance, Mode
from ledger.documents import read_invoice
from ledger.money import Units, currency_of
from ledger.pricing import Terms, Timing
from ledger.pricing.rates import RateBp
from ledger.store import financing, private
from ledger.store.keeping.finance_quotes import QuoteStatus
from ledger.store.keeping.finance_requests import RequestStatus
from ledger.store.line_use import ReservationState
from scripts.bench.scale.chain_rows import (
    CURRENCY,
    EXPIRES_ON,
    Row,
    act_of,
    advance_of,
    financed,
    fingerprint,
    maturity,
    mode,
)
from scripts.bench.scale.lives import FINANCED, WIDTH, Who
from scripts.bench.scale.town import BANKS, CORES, DEBTOR, OFFICER, OWN, Town, digest, public_id

_WEEK = 7 * 86_400
_PASSED_OVER, _ASKED = 2, 3
"""Which of a claim's lots was asked about in vain, and which is asked about now."""

_QUOTED_EVERY = 5
_INVOICE = (Path(__file__).resolve().parents[3] / "samples" / "einvoice-cn.xml").read_text("utf-8")
_NUMBER = "26332000000000000017"
_VIEW = b"{" + b" " * 1_000 + b"}"
_RULES = b'{"facts":{"split_layer":"2"}}'


_Line = tuple[int, int, LineKind]
"""Bank, party and kind."""


@dataclass(frozen=True)
class Asked:
    """One request; ``entry`` of the deal that came of it, if one did."""

    claim: int
    piece: int
    bank: int
    mode: Mode
    status: RequestStatus
    created: int
    expires: int
    entry: int | None = None

    @property
    def start(self) -> int:
        return self.piece * WIDTH

    @property
    def name(self) -> tuple[Any, ...]:
        return ("request", self.claim, self.piece, self.bank)

    @property
    def is_open(self) -> bool:
        return self.piece == _ASKED

    @property
    def is_quoted(self) -> bool:
        return self.entry is not None or (self.is_open and self.claim % _QUOTED_EVERY == 0)


class Desk:
    """What banks have kept of their business with a town."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def rows(self) -> Iterator[tuple[Table, Iterator[Row]]]:
        """In this order: what a row refers to comes before it."""
        yield private.documents, self._documents()
        yield private.openings, self._openings()
        yield financing.finance_requests, self._finance_requests()
        yield financing.finance_quotes, self._quotes()
        yield financing.finance_decisions, self._decisions()
        yield private.credit_lines, self._credit_lines()
        yield private.reservations, self._reservations()
        yield private.line_uses, self._line_uses()

    # ── requests ─────────────────────────────────────────────────────────────────────────────

    def requests(self) -> Iterator[Asked]:
        """Oldest first. What is open lies among what isn't, and the newest tenth is closed."""
        open_claims = self._open_claims
        for claim, entry in financed(self._town):
            yield self._accepted(claim, entry)
            if claim % 3 == 0:
                yield self._in_vain(claim)
            if claim in open_claims:
                yield self._open(claim)

    @cached_property
    def _open_claims(self) -> frozenset[int]:
        """Evenly over the claims, without the newest tenth; and the crowded claim."""
        usual = self._town.usual
        unpaid = [c for c in range(1, usual * 9 // 10) if not self._town.is_paid(c)]
        step = max(1, len(unpaid) // self._town.open_requests)
        return frozenset(unpaid[::step][: self._town.open_requests]) | {usual + 1}

    def _accepted(self, claim: int, entry: int) -> Asked:
        time = self._town.time(entry)
        bank, how = self._town.bank(claim), mode(claim)
        accepted = RequestStatus.ACCEPTED
        return Asked(claim, FINANCED, bank, how, accepted, time - _WEEK, time + _WEEK, entry)

    def _in_vain(self, claim: int) -> Asked:
        """Every other one was never answered: it is open in its row, and has run out."""
        status = RequestStatus.OPEN if claim % 2 else RequestStatus.DECLINED
        then = self._town.now - 5 * _WEEK
        return Asked(claim, _PASSED_OVER, OWN, Mode.SALE, status, then, then + _WEEK)

    def _open(self, claim: int) -> Asked:
        now = self._town.now
        status = RequestStatus.OPEN
        return Asked(claim, _ASKED, OWN, mode(claim), status, now - 3600, now + 8 * _WEEK)

    def crowded_request(self) -> str:
        """The request over the claim that is cut in very many lots."""
        return public_id(*self._open(self._town.usual + 1).name)

    def _finance_requests(self) -> Iterator[Row]:
        for one in self.requests():
            yield {
                "id": public_id(*one.name),
                "ask": public_id("ask", *one.name),
                "holder": self._town.plays(one.claim, Who.TIER_3),
                "bank": one.bank,
                "claim": one.claim,
                "lot": one.start,
                "version": 2,
                "start": one.start,
                "end": one.start + WIDTH,
                "mode": one.mode,
                "value_date": maturity(self._town, one.claim),
                "documents": [public_id("document", *one.name)],
                "expires": one.expires,
                "status": one.status,
                "reason": None,
                "created": one.created,
            }

    # ── documents ────────────────────────────────────────────────────────────────────────────

    def _documents(self) -> Iterator[Row]:
        read = invoice_json(read_invoice(_INVOICE.encode()))
        for row, one in enumerate(self.requests(), 1):
            number = f"{row:020}"
            content = _INVOICE.replace(_NUMBER, number).encode()
            salt = digest("salt", *one.name)
            yield {
                "id": public_id("document", *one.name),
                "owner": self._town.plays(one.claim, Who.TIER_3),
                "kind": "invoice",
                "file_name": None,
                "media_type": "application/xml",
                "content": content,
                "size": len(content),
                "sha256": digest("content", *one.name),
                "salt": salt,
                "commitment": commit(salt, content),
                "fingerprint": fingerprint(one.claim),
                "invoice": read | {"number": number},
                "created": one.created,
            }

    def _openings(self) -> Iterator[Row]:
        for document, one in enumerate(self.requests(), 1):
            yield {"document": document, "party": one.bank, "created": one.created}

    # ── quotes and decisions ─────────────────────────────────────────────────────────────────

    def _quoted(self) -> Iterator[tuple[int, Asked]]:
        """Row numbers of requests that were quoted, and the requests."""
        return ((row, one) for row, one in enumerate(self.requests(), 1) if one.is_quoted)

    def _quotes(self) -> Iterator[Row]:
        for request, one in self._quoted():
            accepted = one.entry is not None
            yield {
                "id": public_id("quote", *one.name),
                "request": request,
                "bank": one.bank,
                "holder": self._town.plays(one.claim, Who.TIER_3),
                "digest": self._quote_digest(one),
                "message": self._message(one).to_json(),
                "terms": self._terms(one),
                "salt": digest("price", *one.name),
                "reference": "YR-" + public_id(*one.name)[:30],
                "status": QuoteStatus.ACCEPTED if accepted else QuoteStatus.OFFERED,
                "valid_until": one.expires,
                "created": one.created,
            }

    def _quote_digest(self, one: Asked) -> bytes:
        return digest("quote", *one.name) if one.entry is None else act_of(one.entry)

    def _terms(self, one: Asked) -> bytes:
        due = day_of(maturity(self._town, one.claim))
        terms = Terms(
            currency=currency_of(CURRENCY),
            financed=Units(WIDTH),
            value_date=min(business_day(one.created), due - timedelta(days=1)),
            maturity=due,
            rate=RateBp(365),
            late_rate=RateBp(548),
            timing=Timing.DISCOUNT,
        )
        return terms.document()

    def _message(self, one: Asked) -> Finance:
        return Finance(
            claim=one.claim,
            lot=one.start,
            version=2,
            start=one.start,
            end=one.start + WIDTH,
            seller=self._town.plays(one.claim, Who.TIER_3),
            bank=one.bank,
            mode=one.mode.number,
            terms=digest("terms", one.claim),
            advance=advance_of(one.claim),
            payBy=one.expires + _WEEK,
            dueOn=maturity(self._town, one.claim),
            rules=digest("rules"),
            registration=digest("registration", one.claim),
            documents=digest("documents", one.claim),
            validUntil=one.expires,
        )

    def _decisions(self) -> Iterator[Row]:
        for quote, (request, one) in enumerate(self._quoted(), 1):
            yield {
                "id": public_id("decision", *one.name),
                "request": request,
                "quote": quote,
                "bank": one.bank,
                "officer": OFFICER.address,
                "kind": "quote",
                "view": _VIEW,
                "view_hash": digest("view", *one.name),
                "rules": _RULES,
                "pack_hash": digest("pack"),
                "justifications": {},
                "created": one.created,
            }

    # ── lines ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _uses(self) -> list[tuple[Asked, ReservationState, list[int]]]:
        """Every quote, what its reservation is, and the rows of the lines that it takes up."""
        rows = {line: row for row, line in enumerate(self._lines, 1)}
        found = []
        for _, one in self._quoted():
            wanted: list[_Line] = [(one.bank, self._town.debtor(one.claim), LineKind.DEBTOR)]
            if one.mode is not Mode.SALE:
                seller = self._town.plays(one.claim, Who.TIER_3)
                wanted.append((one.bank, seller, LineKind.RECOURSE))
            found.append((one, self._state(one), [rows[line] for line in wanted]))
        return found

    def _state(self, one: Asked) -> ReservationState:
        if one.entry is None:
            return ReservationState.RESERVED
        paid = self._town.is_paid(one.claim)
        return ReservationState.RELEASED if paid else ReservationState.CONSUMED

    @cached_property
    def _lines(self) -> list[_Line]:
        """Of every bank to every debtor, and to every supplier that it may turn to."""
        lines: dict[_Line, None] = {
            (bank, core, LineKind.DEBTOR): None for bank in BANKS for core in CORES
        }
        for one in self.requests():
            if one.is_quoted and one.mode is not Mode.SALE:
                seller = self._town.plays(one.claim, Who.TIER_3)
                lines[one.bank, seller, LineKind.RECOURSE] = None
        lines[OWN, DEBTOR, LineKind.ISSUANCE] = None
        return list(lines)

    def _credit_lines(self) -> Iterator[Row]:
        sums: dict[int, dict[ReservationState, int]] = defaultdict(lambda: defaultdict(int))
        for _, state, lines in self._uses:
            for line in lines:
                sums[line][state] += WIDTH
        for row, (bank, party, kind) in enumerate(self._lines, 1):
            yield {
                "id": public_id("line", bank, party, kind),
                "bank": bank,
                "party": party,
                "kind": kind,
                "currency": CURRENCY,
                "limit": HIGHEST_LIMIT,
                "expires_on": EXPIRES_ON,
                "version": 1,
                "open": sums[row][ReservationState.RESERVED],
                "drawn": sums[row][ReservationState.CONSUMED],
                "created": self._town.now,
            }

    def _reservations(self) -> Iterator[Row]:
        for one, state, _ in self._uses:
            yield {
                "digest": self._quote_digest(one),
                "owner": one.bank,
                "claim": one.claim,
                "lot": one.start,
                "version": 2,
                "start": one.start,
                "end": one.start + WIDTH,
                "units": WIDTH,
                "valid_until": one.expires,
                "ended": None,
                "state": state,
                "entry": one.entry,
                "outstanding": 0 if state is ReservationState.RELEASED else WIDTH,
                "created": one.created,
            }

    def _line_uses(self) -> Iterator[Row]:
        for reservation, (_, state, lines) in enumerate(self._uses, 1):
            for line in lines:
                yield {
                    "reservation": reservation,
                    "line": line,
                    "amount": WIDTH,
                    "held": 0 if state is ReservationState.RELEASED else WIDTH,
                }
