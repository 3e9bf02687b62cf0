"""What a bank's officer is shown about a request: all that it takes to decide, in one document.

Canonical JSON, so that its hash names it and the same bytes can be shown again. Amounts are minor
units as text. Nothing in it comes from another bank's requests, quotes or lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api.auth import Caller
from api.desk_facts import Glance, claim_of, consider
from api.wire import iso_day, iso_moment
from ledger import commitments
from ledger.business_day import business_day
from ledger.canonical import write_canonical
from ledger.commitments import domain_tag
from ledger.credit import LineKind
from ledger.deals import Mode
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.keccak import keccak
from ledger.rules import Decision
from ledger.store.connection import Connection
from ledger.store.keeping import documents, finance_requests
from ledger.store.keeping.documents import Document
from ledger.store.keeping.finance_requests import FinanceRequest
from ledger.store.keeping.lines import Line, find_line
from ledger.store.keeping.reversals import reversed_behind
from ledger.store.reading import members
from ledger.store.reading.debtors import payment_record
from ledger.store.reading.exposures import share_of, used_of_kind
from ledger.store.reading.paths import Step
from ledger.store.reading.receivables import (
    Receivable,
    current_lots,
    free_of_invoices,
    opened_at,
)
from ledger.store.reading.registrations import (
    RegistrationRecord,
)

KIND = "yuanliu.desk.view.v1"
_VIEW = domain_tag(KIND)


@dataclass(frozen=True)
class Seen:
    """The view's bytes, the rules' decision that is in it, and the registration that the bank can
    quote on (32 zero bytes: none)."""

    content: bytes
    decision: Decision
    registration: bytes

    @property
    def hash(self) -> bytes:
        return view_hash(self.content)


def view_hash(content: bytes) -> bytes:
    """What names a view: keccak256(tag ‖ its bytes)."""
    return keccak(_VIEW + content)


def look(connection: Connection, request: FinanceRequest, glance: Glance) -> Seen:
    """Everything about a request as it is now. The caller is of the bank that was asked."""
    claim = claim_of(connection, request)
    considered = consider(connection, request, claim, glance)
    registered, decision = considered.registered, considered.decision
    content = {
        "kind": KIND,
        "on": business_day(glance.now).isoformat(),
        "request": _request(connection, request, claim),
        "claim": _claim(connection, claim),
        "lot": _lot(connection, request),
        "path": [_step(step) for step in considered.path],
        "documents": _documents(connection, request, claim, glance.caller),
        "invoices": _invoices(connection, claim),
        "payment_record": _record(connection, claim, glance.now),
        "lines": _lines(connection, request, claim),
        "rules": _rules(decision),
        "registration": _registration(registered.own),
        "earlier_registrations": [_span(one) for one in registered.earlier],
    }
    return Seen(write_canonical(content), decision, registered.number)


def _registration(record: RegistrationRecord | None) -> dict[str, Any] | None:
    return None if record is None else {"number": hexed(record.number)} | _span(record)


def _span(record: RegistrationRecord) -> dict[str, Any]:
    """Not whose it is: the registry tells that to whoever asks it, this ledger to nobody."""
    return {
        "start": str(record.start),
        "end": str(record.end),
        "registered_at": iso_moment(record.registered_at),
        "expires_on": iso_day(record.expires_on),
    }


def _request(connection: Connection, request: FinanceRequest, claim: Receivable) -> dict[str, Any]:
    said = finance_requests.messages_of(connection, request)
    return {
        "id": request.id,
        "holder": _party(connection, request.holder),
        "claim": request.claim,
        "lot": str(request.lot),
        "version": request.version,
        "start": str(request.start),
        "end": str(request.end),
        "amount": str(request.end - request.start),
        "currency": claim.claim.currency,
        "mode": request.mode.value,
        "value_date": iso_day(request.value_date),
        "expires": iso_moment(request.expires),
        "created": iso_moment(request.created),
        "messages": [
            {"party": one.party, "text": one.text, "at": iso_moment(one.created)} for one in said
        ],
    }


def _claim(connection: Connection, claim: Receivable) -> dict[str, Any]:
    terms = claim.claim
    return {
        "number": claim.number,
        "debtor": _party(connection, terms.debtor),
        "creditor": _party(connection, claim.creditor),
        "currency": terms.currency,
        "face": str(terms.face),
        "maturity": iso_day(terms.maturity),
        "issued": iso_moment(opened_at(connection, claim)),
        "documents": hexed(claim.documents),
    }


def _lot(connection: Connection, request: FinanceRequest) -> dict[str, Any]:
    """Whether what was asked about is still as it was; not what became of it."""
    found = current_lots(connection, [request.ref]).get((request.claim, request.lot))
    lot = None if found is None else found[0]
    if lot is None or lot.version != request.version:
        return {"unchanged": False}
    return {"unchanged": True, "state": lot.state.name.lower(), "lien": lot.lien}


def _party(connection: Connection, number: PartyNo) -> dict[str, Any]:
    found = members.party(connection, number)
    if found is None:
        return {"number": number}
    return {
        "number": number,
        "identifier": found.identifier,
        "name": found.name,
        "active": found.standing.active,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "entry": step.entry,
        "op": step.op.name.lower(),
        "act": hexed(step.act),
        "at": iso_moment(step.time),
        "start": str(step.start),
        "end": str(step.end),
        "from": step.giver,
        "to": step.taker,
    }


def _documents(
    connection: Connection, request: FinanceRequest, claim: Receivable, caller: Caller
) -> list[dict[str, Any]]:
    found = documents.find_documents(connection, caller.scope, request.documents)
    opened = [found[name] for name in request.documents if name in found]
    backing = free_of_invoices(connection, claim.number)
    complete = _is_root(claim.documents, opened)
    debtor = members.party(connection, claim.claim.debtor)
    creditor = members.party(connection, claim.creditor)
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "fingerprint": hexed(one.fingerprint),
            "commitment": hexed(one.commitment),
            "number": one.invoice["number"],
            "payable": one.invoice["payable"],
            "currency": one.invoice["currency"],
            "checks": {
                "opens_its_commitment": commitments.opens(
                    one.commitment, one.salt, documents.content_of(connection, one)
                ),
                "backs_the_claim": one.fingerprint in backing,
                "all_that_the_claim_commits_to": complete,
                "names_the_debtor": _names(one, "buyer", debtor),
                "names_the_creditor": _names(one, "seller", creditor),
            },
        }
        for one in opened
    ]


def _is_root(committed: bytes, opened: Sequence[Document]) -> bool:
    return bool(opened) and commitments.root([one.commitment for one in opened]) == committed


def _names(document: Document, side: str, party: members.PartyRecord | None) -> bool:
    return party is not None and party.identifier in document.invoice[side]["ids"]


def _invoices(connection: Connection, claim: Receivable) -> list[dict[str, Any]]:
    found = free_of_invoices(connection, claim.number)
    behind = reversed_behind(connection, [claim.number]).get(claim.number, ())
    taken_back = {one.fingerprint: one.reversed for one in behind}
    return [
        {
            "fingerprint": hexed(key),
            "currency": found[key][0],
            "free": str(found[key][1]),
            "reversed": str(taken_back.get(bytes(key), 0)),
        }
        for key in sorted(found)
    ]


def _record(connection: Connection, claim: Receivable, now: int) -> dict[str, Any]:
    found = asdict(payment_record(connection, claim.claim.debtor, business_day(now)))
    overdue = {currency: str(units) for currency, units in found["overdue"].items()}
    return found | {"overdue": overdue}


def _lines(connection: Connection, request: FinanceRequest, claim: Receivable) -> dict[str, Any]:
    """The bank's own lines that this would use, and the debtor's share of all that its lines of
    that kind have in use, before and after."""
    currency = claim.claim.currency
    debtor = find_line(connection, request.bank, claim.claim.debtor, LineKind.DEBTOR, currency)
    seller = None
    if request.mode is not Mode.SALE:
        seller = find_line(connection, request.bank, request.holder, LineKind.RECOURSE, currency)
    every = used_of_kind(connection, request.bank, LineKind.DEBTOR, currency)
    used, asked = 0 if debtor is None else debtor.used, request.end - request.start
    return {
        "debtor": None if debtor is None else _line(debtor),
        "recourse": None if seller is None else _line(seller),
        "concentration_bp": share_of(used, every),
        "concentration_after_bp": share_of(used + asked, every + asked),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "party": line.party,
        "currency": line.currency,
        "limit": str(line.limit),
        "open": str(line.open),
        "drawn": str(line.drawn),
        "remaining": str(line.remaining),
        "expires_on": iso_day(line.expires_on),
    }


def _rules(decision: Decision) -> dict[str, Any]:
    return {
        "pack": decision.pack_id,
        "pack_hash": hexed(decision.pack_hash),
        "commitment": hexed(decision.commitment),
        "outcome": decision.answers.outcome.value,
        "facts": decision.facts.members(),
        "answers": [
            answer.members() | {"because": " ".join(map(str, answer.reasons))}
            for answer in decision.answers
        ],
    }
