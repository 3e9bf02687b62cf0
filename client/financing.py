"""An officer's quote drafted from what the desk showed, and a quote checked before it is signed.

What is signed is always computed here: a server can show another price than the one committed to,
but not have it signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client.api import Api
from client.keys import Key
from client.records import DeskView, FinanceRequest, Quote
from client.signing import DigestDiffers
from ledger.business_day import number_of
from ledger.commitments import new_salt, root, verify_opening
from ledger.deals import UNREGISTERED, Finance, Mode
from ledger.deployment import Deployment
from ledger.hexadecimal import hexed, unhexed
from ledger.pricing import Price, Terms, price, read_terms
from ledger.quoting import QuoteDiffers
from ledger.remittance import commitment_to, new_reference


@dataclass(frozen=True)
class Offer:
    """What the officer adds to the terms. ``valid_until`` and ``pay_by`` in Unix seconds."""

    terms: Terms
    documents: bytes
    valid_until: int
    pay_by: int
    justifications: Mapping[str, str] | None = None


@dataclass(frozen=True)
class CheckedQuote:
    """A quote whose digest and openings hold."""

    finance: Finance
    terms: Terms
    price: Price


def quote_body(
    key: Key, deployment: Deployment, request: FinanceRequest, seen: DeskView, offer: Offer
) -> dict[str, Any]:
    """A signed quote as the API takes it, with fresh salt and reference."""
    terms, salt, reference = offer.terms, new_salt(), new_reference()
    advance = price(terms).advance
    finance = Finance(
        claim=request["claim"],
        lot=int(request["lot"]),
        version=request["version"],
        start=int(request["start"]),
        end=int(request["end"]),
        seller=request["holder"],
        bank=request["bank"],
        mode=Mode(request["mode"]).number,
        terms=terms.commitment(salt),
        advance=commitment_to(reference, terms.currency, advance),
        payBy=offer.pay_by,
        dueOn=number_of(terms.maturity),
        rules=unhexed(seen["view"]["rules"]["commitment"]),
        registration=registration_in(seen),
        documents=offer.documents,
        validUntil=offer.valid_until,
    )
    return {
        "message": finance.to_json(),
        "terms": terms.document().decode(),
        "salt": hexed(salt),
        "reference": reference,
        "seen": seen["hash"],
        "justifications": dict(offer.justifications or {}),
        "approval": approval_of(key, deployment, finance),
    }


def documents_root(api: Api, request: FinanceRequest) -> bytes:
    """Over the documents that were opened, each checked to be what it commits to.

    Raises ``CommitmentMismatch``.
    """
    found = []
    for name in request["documents"]:
        record = api.document(name)
        commitment = unhexed(record["commitment"])
        verify_opening(commitment, unhexed(record["salt"]), api.document_content(name))
        found.append(commitment)
    return root(found)


def registration_in(seen: DeskView) -> bytes:
    """The number of the bank's own registration, as the desk shows it."""
    found = seen["view"]["registration"]
    return UNREGISTERED if found is None else unhexed(found["number"])


def approval_of(key: Key, deployment: Deployment, finance: Finance) -> str:
    return hexed(key.sign(deployment.digest(finance)))


def check_quote(quote: Quote, deployment: Deployment) -> CheckedQuote:
    """What a quote really says: of as many units, due on the day, that its terms price.

    Raises ``DigestDiffers``, ``CommitmentMismatch``, ``QuoteDiffers``, ``MalformedAgreement``,
    ``MalformedFile`` or what a price refuses.
    """
    finance = Finance.from_json(quote["message"])
    digest = hexed(deployment.digest(finance))
    if digest != quote["digest"]:
        raise DigestDiffers(type(finance).__name__, quote["digest"], digest)
    document = quote["terms"].encode()
    verify_opening(finance.terms, unhexed(quote["salt"]), document)
    terms = read_terms(document)
    found = price(terms)
    advance = commitment_to(quote["reference"], terms.currency, found.advance)
    if finance.advance != advance:
        raise QuoteDiffers("advance", hexed(finance.advance), hexed(advance))
    _require_priced(finance, terms)
    return CheckedQuote(finance, terms, found)


def _require_priced(finance: Finance, terms: Terms) -> None:
    """Raises ``QuoteDiffers``: a price for less than what is given for it is none."""
    due = number_of(terms.maturity)
    if finance.dueOn != due:
        raise QuoteDiffers("dueOn", str(finance.dueOn), str(due))
    units, financed = finance.end - finance.start, terms.financed
    # What is lent may be less than what is pledged for it.
    wanted = min(financed, units) if Mode.of(finance.mode) is Mode.PLEDGE else units
    if financed != wanted:
        raise QuoteDiffers("amount", str(financed), str(wanted))
