"""Real documents that nobody here wrote, where the workplace has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.documents import errors, read_invoice, read_statement
from ledger.errors import Refused

DATA = Path(__file__).parents[4] / "shared" / "data"
REFUSED_INVOICES: dict[str, type[Refused]] = {
    "BIS3_Invoice_negativ.XML": errors.NegativeInvoice,
    "ubl-tc434-creditnote1.xml": errors.CreditNoteNotReceivable,
}
REFUSED_STATEMENTS: dict[str, type[Refused]] = {
    "camt053.v2.wrong.xml": errors.EmptyStatementMessage,
}


def found(folder: str, *, refused: bool) -> list[Path]:
    """Files of a folder, by whether they are to be refused; none where there is no folder."""
    names = REFUSED_INVOICES.keys() | REFUSED_STATEMENTS.keys()
    return [path for path in sorted((DATA / folder).glob("*.*")) if (path.name in names) == refused]


def name(path: object) -> str:
    return path.name if isinstance(path, Path) else "none"


@pytest.mark.parametrize("path", found("invoices", refused=False), ids=name)
def test_read_invoice__real_document__something_is_owed(path: Path) -> None:
    invoice = read_invoice(path.read_bytes())
    assert invoice.payable > 0
    assert invoice.net + invoice.tax == invoice.gross
    assert len(invoice.fingerprint) == 32


@pytest.mark.parametrize("path", found("invoices", refused=True), ids=name)
def test_read_invoice__real_document_that_claims_nothing__refused(path: Path) -> None:
    with pytest.raises(REFUSED_INVOICES[path.name]):
        read_invoice(path.read_bytes())


@pytest.mark.parametrize("path", found("statements", refused=False), ids=name)
def test_read_statement__real_document__lines_told_apart(path: Path) -> None:
    lines = read_statement(path.read_bytes()).lines
    assert lines
    assert len({line.fingerprint for line in lines}) == len(lines)


@pytest.mark.parametrize("path", found("statements", refused=True), ids=name)
def test_read_statement__real_document_without_a_statement__refused(path: Path) -> None:
    with pytest.raises(REFUSED_STATEMENTS[path.name]):
        read_statement(path.read_bytes())
