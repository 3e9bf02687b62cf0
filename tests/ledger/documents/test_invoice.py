"""What every invoice has, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.documents import errors, invoice_fingerprint, read_invoice
from ledger.errors import Refused
from ledger.identifiers import party_id

Sample = Callable[..., bytes]

SELLER = party_id("uscc:91330200MATE1ER01L")
OTHER_SELLER = party_id("uscc:91330200MATE1ER02P")


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("credit-note.xml", errors.CreditNoteNotReceivable),
        ("negative.xml", errors.NegativeInvoice),
        ("red-letter-cn.xml", errors.RedLetterInvoice),
        ("statement-camt053.xml", errors.UnknownDocument),
    ],
)
def test_read_invoice__refused_samples__by_name(
    sample: Sample, name: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        read_invoice(sample(name))


@pytest.mark.parametrize(
    "document", [b"<Invoice/>", b"<html/>", b'<a:EInvoice xmlns:a="urn:other"/>']
)
def test_read_invoice__unknown_root__refused(document: bytes) -> None:
    with pytest.raises(errors.UnknownDocument):
        read_invoice(document)


@pytest.mark.parametrize(
    "document", [b"<EInvoice/>", b"", b"<!DOCTYPE EInvoice><EInvoice/>", b"\0"]
)
def test_read_invoice__broken_document__named_refusal(document: bytes) -> None:
    with pytest.raises(Refused):
        read_invoice(document)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_read_invoice__other_unicode_encoding__same_invoice(sample: Sample, encoding: str) -> None:
    plain = sample("einvoice-cn.xml", ('<?xml version="1.0" encoding="UTF-8"?>\n', ""))
    assert read_invoice(plain.decode().encode(encoding)) == read_invoice(plain)


@pytest.mark.parametrize(("due_after", "term"), [(60, 60), (1, 1), (0, 1), (-5, 1), (None, None)])
def test_term_days__due_date__at_least_one_day(
    sample: Sample, due_after: int | None, term: int | None
) -> None:
    issued = date(2026, 9, 1)
    due = None if due_after is None else issued + timedelta(days=due_after)
    invoice = read_invoice(sample("invoice-ubl.xml"))
    assert replace(invoice, issue_date=issued, due_date=due).term_days == term


def test_fingerprint__restated_with_other_amounts_and_dates__same_invoice(sample: Sample) -> None:
    first = read_invoice(sample("einvoice-cn.xml"))
    restated = read_invoice(
        sample(
            "einvoice-cn.xml",
            ("<TotalAmWithoutTax>1000000.00", "<TotalAmWithoutTax>2000000.00"),
            ("<TotalTax-includedAmount>1130000.00", "<TotalTax-includedAmount>2130000.00"),
            ("<IssueTime>2026-09-01", "<IssueTime>2026-09-02"),
        )
    )
    assert restated.gross != first.gross
    assert restated.fingerprint == first.fingerprint


def test_fingerprint__same_invoice_in_another_spelling__same(sample: Sample) -> None:
    original = sample("invoice-cii.xml")
    respelled = sample(
        "invoice-cii.xml",
        ("T2-2026-118", "t2-2026\u200b-１18 "),
        ("91330200MATE1ER02P", "9133 0200mate1er02p"),
    )
    assert read_invoice(respelled).fingerprint == read_invoice(original).fingerprint


@given(st.text(max_size=30), st.text(max_size=30))
def test_invoice_fingerprint__other_seller_same_number__differs(one: str, other: str) -> None:
    assert len(invoice_fingerprint(SELLER, one)) == 32
    assert invoice_fingerprint(SELLER, one) != invoice_fingerprint(OTHER_SELLER, other)


@given(st.text("ABC0123-/", min_size=1), st.text("ABC0123-/", min_size=1))
def test_invoice_fingerprint__same_seller__tells_numbers_apart(one: str, other: str) -> None:
    same = invoice_fingerprint(SELLER, one) == invoice_fingerprint(SELLER, other)
    assert same == (one == other)
