"""`yuanliu propose`: draft an agreement, sign it for one's side, lay it before the other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from client import drafts
from client.directory import party_of
from client.member import Member
from client.signing import describe
from ledger.business_day import DAY_SECONDS
from ledger.documents import Invoice, read_invoice
from ledger.documents.xml import read_bounded
from ledger.ids import PartyNo
from ledger.money import Currency, minor_units
from ledger.typed import Struct
from scripts.commands.invoice import InvoiceFile
from scripts.commands.proposals import show_proposal
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.lots import Place, find_lot, lot_of
from scripts.output import print_fields, stderr

app = typer.Typer(
    no_args_is_help=True,
    help="Draft an agreement, sign it for your side, lay it before the other.",
)

_DATE = ["%Y-%m-%d"]

Amount = Annotated[
    str | None, typer.Option(help="Decimal, e.g. 45000.00; all there is if not given.")
]
Days = Annotated[int, typer.Option(min=1, max=366, help="Days to conclude it in.")]
LotName = Annotated[str, typer.Argument(metavar="CLAIM:START", help="A lot, e.g. 12:0.")]


@app.command("issue")
def issue(
    context: typer.Context,
    file: InvoiceFile,
    key: KeyName,
    amount: Amount = None,
    maturity: Annotated[
        datetime | None,
        typer.Option(formats=_DATE, help="The agreed day; else the invoice's due date or term."),
    ] = None,
    days: Days = 7,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Turn an invoice, or a part of it, into a receivable (确权开立).

    Its buyer is the debtor; its seller, or the payee it names, the creditor. Both have to be
    enrolled, and you sign for one of them. The document is opened to the other.

    \b
    yuanliu propose issue samples/einvoice-cn.xml --key supplier
    yuanliu propose issue invoice.xml --key supplier --amount 45000.00 --maturity 2027-05-21
    """
    content = read_bounded(file)
    invoice = read_invoice(content)
    desk = Desk.of(context)
    with desk.member(key) as member:
        parties = _parties(member, invoice)
        terms = drafts.Terms(
            maturity=_maturity(invoice, maturity),
            amount=None if amount is None else minor_units(amount, invoice.currency),
            valid_until=drafts.valid_until(days * DAY_SECONDS),
        )
        document = member.upload(content, file.name)
        act = member.draft_issue(invoice, document, parties, terms)
        _confirm(member, act, invoice.currency, agreed=yes)
        show_proposal(member.propose(act, [document["id"]]), as_json=as_json)


@app.command("transfer")
def transfer(
    context: typer.Context,
    lot: LotName,
    to: Annotated[int, typer.Option(help="The recipient's party number.")],
    key: KeyName,
    amount: Amount = None,
    days: Days = 7,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give a lot, or its first part, to another party (拆分流转).

    \b
    yuanliu propose transfer 12:0 --to 31 --key supplier
    yuanliu propose transfer 12:0 --to 31 --amount 45000.00 --key supplier
    """
    with Desk.of(context).member(key) as member:
        found = find_lot(member.api, Place.named(lot))
        currency = Currency(found["currency"])
        act = drafts.transfer(
            lot_of(found),
            PartyNo(to),
            None if amount is None else minor_units(amount, currency),
            until=drafts.valid_until(days * DAY_SECONDS),
        )
        _confirm(member, act, currency, agreed=yes)
        show_proposal(member.propose(act), as_json=as_json)


@app.command("merge")
def merge(
    context: typer.Context,
    lot: LotName,
    other: LotName,
    key: KeyName,
    days: Days = 7,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make one lot of two that touch. Needs only your side: `submit` it next.

    \b
    yuanliu propose merge 12:0 12:4500000 --key supplier
    """
    with Desk.of(context).member(key) as member:
        found = [find_lot(member.api, Place.named(name)) for name in (lot, other)]
        until = drafts.valid_until(days * DAY_SECONDS)
        act = drafts.merge([lot_of(one) for one in found], until)
        _confirm(member, act, found[0]["currency"], agreed=yes)
        show_proposal(member.propose(act), as_json=as_json)


def _parties(member: Member, invoice: Invoice) -> drafts.Parties:
    enrolled = list(member.api.parties())
    return drafts.Parties(
        debtor=party_of(invoice.buyer, enrolled), creditor=party_of(invoice.creditor, enrolled)
    )


def _maturity(invoice: Invoice, agreed: datetime | None) -> drafts.Maturity:
    if agreed is not None:
        return drafts.Maturity(agreed.date(), "as given")
    return drafts.maturity_of(invoice, drafts.today())


def _confirm(member: Member, act: Struct, currency: str, *, agreed: bool) -> None:
    print_fields(describe(act, member.deployment, currency), stderr())
    confirm(type(act).__name__, agreed=agreed)
