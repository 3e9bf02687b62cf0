"""Red-letter invoices handed in: they stop new finance on the invoice and alarm who financed it."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Response, status

from api.auth import Caller, SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    Currency,
    Day,
    Hash,
    Id,
    IdPath,
    Moment,
    Out,
    Page,
    Paged,
    id_cursor,
    iso_day,
    iso_moment,
)
from api.xml_body import XML_REQUEST, XmlBody
from ledger.documents import RedLetter, read_red_letter
from ledger.hexadecimal import hexed
from ledger.risk.reversal import NotYourInvoice, Side, side_of
from ledger.roles import Role
from ledger.store.keeping import reversals
from ledger.store.keeping.reversals import HandedIn, Reversal

router = APIRouter(route_class=Route, prefix="/v1/invoice-reversals", tags=["documents"])


class InvoiceReversal(Out):
    """``fingerprint`` is of the invoice that is reversed, ``letter`` of the red letter. ``side`` is
    as whom ``party`` handed it in (null: an oracle member that signs for no party)."""

    id: Id
    fingerprint: Hash
    letter: Hash
    number: str
    original: str
    amount: Amount
    currency: Currency
    issued_on: Day
    side: Side
    party: int | None
    created: Moment


class InvoiceReversalPage(Page[InvoiceReversal]):
    pass


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=XML_REQUEST)
def add_reversal(
    services: Given, caller: SignedIn, content: XmlBody, response: Response
) -> InvoiceReversal:
    """Keeps a red-letter 数电票, by the invoice's seller, its buyer or an oracle member. The answer
    is the same whether the invoice backs anything or not. The same bytes again are the same."""
    letter = read_red_letter(content)
    new = HandedIn(
        letter=letter,
        side=_side(caller, letter),
        party=caller.scope.party,
        address=caller.address,
        sha256=hashlib.sha256(content).digest(),
        content=content,
    )
    now = services.clock()
    kept, added = services.database.write(lambda tx: reversals.add_reversal(tx, new, now))
    if not added:
        response.status_code = status.HTTP_200_OK
    return _show(kept)


@router.get("")
def list_invoice_reversals(services: Given, caller: SignedIn, paging: Paged) -> InvoiceReversalPage:
    """Those that the caller handed in, and those of invoices behind claims that it owes or was
    issued, or that it has financed; newest first."""
    after = paging.behind(id_cursor, None)
    with services.database.read() as connection:
        found = reversals.list_reversals(connection, caller.scope, after, paging.fetch)
    return InvoiceReversalPage(**paging.cut(found, lambda one: one.id, _show))


@router.get(
    "/{reversal_id}/content",
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
def show_reversal_content(services: Given, caller: SignedIn, reversal_id: IdPath) -> Response:
    """The bytes as they came in, as an attachment: a browser must not run what a party sent."""
    with services.database.read() as connection:
        content = reversals.find_content(connection, caller.scope, reversal_id)
    if content is None:
        raise NotFound
    headers = {
        "Content-Disposition": f'attachment; filename="{reversal_id}.xml"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type="application/xml", headers=headers)


def _side(caller: Caller, letter: RedLetter) -> Side:
    standing = caller.standing
    roles = standing.party.standing.roles if standing.party else 0
    side = side_of(
        standing.party.identifier if standing.party else None,
        # By the code that the invoice's identity is made of: of its own name anyone can write that
        # it goes with another's code.
        (letter.seller.id,),
        letter.buyer.ids,
        is_oracle=standing.is_oracle or bool(roles & Role.ORACLE),
    )
    if side is None:
        raise NotYourInvoice(letter.number)
    return side


def _show(kept: Reversal) -> InvoiceReversal:
    return InvoiceReversal(
        id=kept.id,
        fingerprint=hexed(kept.fingerprint),
        letter=hexed(kept.letter),
        number=kept.number,
        original=kept.original,
        amount=str(kept.amount),
        currency=kept.currency,
        issued_on=iso_day(kept.issued_on),
        side=kept.side,
        party=kept.party,
        created=iso_moment(kept.created),
    )
