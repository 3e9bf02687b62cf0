"""What a quote takes up of its bank's lines."""

from __future__ import annotations

from ledger.credit import LineKind
from ledger.deals import Mode
from ledger.pricing import Terms
from ledger.store.connection import Connection
from ledger.store.keeping import reservations
from ledger.store.keeping.finance_quotes import Quote
from ledger.store.keeping.finance_requests import FinanceRequest
from ledger.store.keeping.reservations import Wanted, reserve
from ledger.store.line_use import horizon
from ledger.store.reading.receivables import Receivable


def reserve_lines(
    connection: Connection,
    request: FinanceRequest,
    claim: Receivable,
    made: Quote,
    terms: Terms,
    now: int,
) -> None:
    """Reserves what is financed: of the line to the debtor and, where the bank may turn to the
    seller, of the one to the seller too. Raises what ``reserve`` does."""
    wanted = [Wanted(LineKind.DEBTOR, claim.claim.debtor, terms.financed)]
    if request.mode is not Mode.SALE:
        wanted.append(Wanted(LineKind.RECOURSE, request.holder, terms.financed))
    signed = reservations.Quote(
        digest=made.digest,
        bank=request.bank,
        claim=request.claim,
        lot=request.lot,
        version=request.version,
        start=request.start,
        end=request.end,
        currency=claim.claim.currency,
        valid_until=made.finance.validUntil,
    )
    reserve(connection, signed, wanted, now, horizon(connection))
