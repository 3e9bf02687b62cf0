"""CII: the same invoice in the other syntax."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledger import money
from ledger.documents import errors, read_invoice
from ledger.errors import Refused

Sample = Callable[..., bytes]

CII = "invoice-cii.xml"
DUE = "<ram:DuePayableAmount>565000.00</ram:DuePayableAmount>"


def test_read_invoice__cii_sample__every_field(sample: Sample) -> None:
    invoice = read_invoice(sample(CII))
    assert (invoice.format, invoice.number, invoice.type_code) == ("cii", "T2-2026-118", "380")
    assert (invoice.net, invoice.tax, invoice.gross) == (50000000, 6500000, 56500000)
    assert (invoice.payable, invoice.currency) == (56500000, "CNY")
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 9, 3), date(2026, 11, 2))
    assert invoice.seller.id == "uscc:91330200MATE1ER02P"
    assert invoice.buyer.id == "uscc:91330200MATE1ER01L"


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("<ram:ID>T2-2026-118</ram:ID>", "", errors.MissingField),
        ('<udt:DateTimeString format="102">20260903</udt:DateTimeString>', "", errors.MissingField),
        ("20260903", "20261340", errors.MalformedField),
        ("20260903", "2026-09-03", errors.MalformedField),
        ('format="102">20260903', 'format="610">202609', errors.MalformedField),
        (DUE, "", errors.MissingField),
        (DUE, DUE + DUE, errors.RepeatedField),
        (DUE, DUE.replace("565000.00", "565000.001"), money.TooManyDecimals),
        (DUE, DUE.replace("565000.00", "465000.00"), errors.PayableDoesNotAddUp),
        (DUE, DUE.replace("565000.00", "0"), errors.NothingPayable),
        (DUE, DUE.replace("Amount>5", 'Amount currencyID="USD">5'), errors.MixedCurrencies),
        (
            'TaxTotalAmount currencyID="CNY"',
            'TaxTotalAmount currencyID="USD"',
            errors.MixedCurrencies,
        ),
        (">65000.00</ram:TaxTotal", ">64000.00</ram:TaxTotal", errors.GrossDoesNotAddUp),
        ("500000.00</ram:TaxBasis", "400000.00</ram:TaxBasis", errors.NetDoesNotAddUp),
        ("565000.00", "-565000.00", errors.NegativeInvoice),
        (">380<", ">381<", errors.CreditNoteNotReceivable),
        (">380<", ">751<", errors.NotAClaim),
        ("Fictional Rings No. 2 (Ningbo) Co., Ltd.", "", errors.MissingField),
    ],
)
def test_read_invoice__one_thing_changed__named_refusal(
    sample: Sample, old: str, new: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        read_invoice(sample(CII, (old, new)))


def test_read_invoice__amount_without_currency_attribute__in_document_currency(
    sample: Sample,
) -> None:
    assert read_invoice(sample(CII, (' currencyID="CNY"', ""))).tax == 6500000


def test_read_invoice__group_line__not_counted_again(sample: Sample) -> None:
    group = (
        "    <ram:IncludedSupplyChainTradeLineItem>",
        "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
        "<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
        "</ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>"
        "<ram:IncludedSupplyChainTradeLineItem>",
    )
    assert read_invoice(sample(CII, group)).net == 50000000


def test_read_invoice__instalments__due_with_the_last(sample: Sample) -> None:
    terms = (
        "      <ram:SpecifiedTradePaymentTerms>",
        '<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">'
        "20261001</udt:DateTimeString></ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
        "<ram:SpecifiedTradePaymentTerms>",
    )
    assert read_invoice(sample(CII, terms)).due_date == date(2026, 11, 2)


def test_read_invoice__no_due_date__no_term(sample: Sample) -> None:
    stated = '<udt:DateTimeString format="102">20261102</udt:DateTimeString>'
    assert read_invoice(sample(CII, (stated, ""))).term_days is None
