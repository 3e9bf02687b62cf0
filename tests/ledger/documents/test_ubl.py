"""UBL: the fields of EN 16931 and the sums between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledger import identifiers, money
from ledger.documents import errors, read_invoice
from ledger.documents.type_codes import CLAIMS, CREDIT_NOTES, NOT_CLAIMS
from ledger.errors import Refused

Sample = Callable[..., bytes]

UBL = "invoice-ubl.xml"
PAYABLE = '<cbc:PayableAmount currencyID="EUR">2000.00</cbc:PayableAmount>'
TAX_TOTAL = '<cac:TaxTotal>\n    <cbc:TaxAmount currencyID="EUR">380.00</cbc:TaxAmount>'
LEGAL_LEI = '<cbc:CompanyID schemeID="0199">0000YUAN11UDEM000188</cbc:CompanyID>'


def test_read_invoice__ubl_sample__every_field(sample: Sample) -> None:
    invoice = read_invoice(sample(UBL))
    assert (invoice.format, invoice.number, invoice.type_code) == ("ubl", "YL-2026-0001", "380")
    assert invoice.profile == "urn:cen.eu:en16931:2017"
    assert (invoice.net, invoice.tax, invoice.gross, invoice.payable) == (
        200000,
        38000,
        238000,
        200000,
    )
    assert (invoice.currency, invoice.issue_date) == ("EUR", date(2026, 9, 1))
    assert (invoice.due_date, invoice.term_days) == (date(2026, 10, 31), 60)
    assert invoice.seller.ids == (
        "lei:0000YUAN11UDEM000188",
        "vat:DE000000001",
        "name:DE:ERFUNDENE LAGER GMBH",
    )
    assert invoice.buyer.id == "uscc:91310000MAC0RE00XR"
    assert invoice.payee is None
    assert invoice.replaces == ()


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("<cbc:ID>YL-2026-0001</cbc:ID>", "", errors.MissingField),
        ("<cbc:ID>YL-2026-0001</cbc:ID>", "<cbc:ID> </cbc:ID>", errors.MissingField),
        ("<cbc:IssueDate>2026-09-01</cbc:IssueDate>", "", errors.MissingField),
        ("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "", errors.MissingField),
        ("<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", "", errors.MissingField),
        ("Erfundene Lager GmbH", "", errors.MissingField),
        ("Fictional Core Equipment (Shanghai) Co., Ltd.", "", errors.MissingField),
        (PAYABLE, "", errors.MissingField),
        (PAYABLE, PAYABLE + PAYABLE, errors.RepeatedField),
        (
            "<cbc:ID>YL-2026-0001</cbc:ID>",
            "<cbc:ID>A</cbc:ID><cbc:ID>B</cbc:ID>",
            errors.RepeatedField,
        ),
        ("YL-2026-0001", "YL<b/>2026", errors.MalformedField),
        ("2026-09-01", "2026-02-30", errors.MalformedField),
        ("2026-09-01", "01.09.2026", errors.MalformedField),
        (">EUR</cbc:Doc", ">RMB</cbc:Doc", money.UnknownCurrency),
        (">EUR</cbc:Doc", ">USD</cbc:Doc", errors.MixedCurrencies),
        (PAYABLE, PAYABLE.replace("EUR", "USD"), errors.MixedCurrencies),
        (PAYABLE, PAYABLE.replace(' currencyID="EUR"', ""), errors.MixedCurrencies),
        (PAYABLE, PAYABLE.replace("2000.00", "2000.00001"), money.TooManyDecimals),
        (PAYABLE, PAYABLE.replace("2000.00", "2e3"), money.MalformedAmount),
        (PAYABLE, PAYABLE.replace("2000.00", "2380.00"), errors.PayableDoesNotAddUp),
        (PAYABLE, PAYABLE.replace("2000.00", "2000.01"), errors.PayableDoesNotAddUp),
        (">2380.00<", ">2480.00<", errors.GrossDoesNotAddUp),
        (">100.00<", ">99.00<", errors.NetDoesNotAddUp),
        ("<cbc:ID>1</cbc:ID>", "", None),
        (TAX_TOTAL, TAX_TOTAL.replace("380.00", "381.00"), errors.GrossDoesNotAddUp),
        (LEGAL_LEI, LEGAL_LEI.replace("188<", "189<"), identifiers.WrongCheckDigit),
        ("91310000MAC0RE00XR", "91310000MAC0RE00X0", identifiers.WrongCheckDigit),
    ],
)
def test_read_invoice__one_thing_changed__named_refusal(
    sample: Sample, old: str, new: str, refusal: type[Refused] | None
) -> None:
    document = sample(UBL, (old, new))
    if refusal is None:
        read_invoice(document)
        return
    with pytest.raises(refusal):
        read_invoice(document)


def test_read_invoice__lines_that_do_not_make_the_total__refused(sample: Sample) -> None:
    line = "2100.00</cbc:LineExtensionAmount>\n    <cac:Item>"
    with pytest.raises(errors.LinesDoNotAddUp) as caught:
        read_invoice(sample(UBL, (line, line.replace("2100.00", "2000.00"))))
    assert (caught.value.computed, caught.value.stated) == (200000, 210000)


@pytest.mark.parametrize("code", sorted(CREDIT_NOTES))
def test_read_invoice__credit_note_type__refused(sample: Sample, code: str) -> None:
    with pytest.raises(errors.CreditNoteNotReceivable):
        read_invoice(sample(UBL, (">380</cbc:Inv", f">{code}</cbc:Inv")))


@pytest.mark.parametrize("code", sorted(NOT_CLAIMS))
def test_read_invoice__type_that_claims_nothing__refused(sample: Sample, code: str) -> None:
    with pytest.raises(errors.NotAClaim):
        read_invoice(sample(UBL, (">380</cbc:Inv", f">{code}</cbc:Inv")))


@pytest.mark.parametrize("code", ["999", "38", "0380", "invoice"])
def test_read_invoice__unknown_type__refused(sample: Sample, code: str) -> None:
    with pytest.raises(errors.UnknownTypeCode):
        read_invoice(sample(UBL, (">380</cbc:Inv", f">{code}</cbc:Inv")))


@pytest.mark.parametrize("code", sorted(CLAIMS))
def test_read_invoice__type_of_a_claim__read(sample: Sample, code: str) -> None:
    assert read_invoice(sample(UBL, (">380</cbc:Inv", f">{code}</cbc:Inv"))).type_code == code


def test_read_invoice__everything_paid__nothing_payable(sample: Sample) -> None:
    paid = sample(
        UBL,
        (PAYABLE, PAYABLE.replace("2000.00", "0.00")),
        ("380.00</cbc:Prep", "2380.00</cbc:Prep"),
    )
    with pytest.raises(errors.NothingPayable):
        read_invoice(paid)


def test_read_invoice__tax_also_in_accounting_currency__left_out(sample: Sample) -> None:
    accounting = (
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>",
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
        "<cbc:TaxCurrencyCode>CNY</cbc:TaxCurrencyCode>",
    )
    second = (
        "  <cac:LegalMonetaryTotal>",
        '<cac:TaxTotal><cbc:TaxAmount currencyID="CNY">3154.00</cbc:TaxAmount></cac:TaxTotal>'
        "<cac:LegalMonetaryTotal>",
    )
    assert read_invoice(sample(UBL, accounting, second)).tax == 38000
    with pytest.raises(errors.MixedCurrencies):
        read_invoice(sample(UBL, second))


def test_read_invoice__correction__names_the_invoice_it_replaces(sample: Sample) -> None:
    original = read_invoice(sample(UBL))
    reference = (
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>YL-2026-0001</cbc:ID>"
        "</cac:InvoiceDocumentReference></cac:BillingReference><cac:AccountingSupplierParty>"
    )
    correction = read_invoice(
        sample(
            UBL,
            ("<cbc:ID>YL-2026-0001", "<cbc:ID>YL-2026-0009"),
            (">380</cbc:Inv", ">384</cbc:Inv"),
            ("<cac:AccountingSupplierParty>", reference),
        )
    )
    assert correction.is_correction
    assert correction.replaced_fingerprints == (original.fingerprint,)


def test_read_invoice__payee_other_than_the_seller__told(sample: Sample) -> None:
    payee = (
        "  <cac:TaxTotal>\n    <cbc",
        "<cac:PayeeParty><cac:PartyName><cbc:Name>Erfundene Bank</cbc:Name></cac:PartyName>"
        "</cac:PayeeParty><cac:TaxTotal><cbc",
    )
    invoice = read_invoice(sample(UBL, payee, (">380</cbc:Inv", ">393</cbc:Inv")))
    assert invoice.is_factored
    assert invoice.payee is not None
    assert invoice.payee.id == "name:ZZ:ERFUNDENE BANK"


def test_read_invoice__third_party_claims__only_under_the_xrechnung_extension(
    sample: Sample,
) -> None:
    collected = (
        (
            "  <cac:TaxTotal>\n    <cbc",
            '<cac:PrepaidPayment><cbc:PaidAmount currencyID="EUR">20.00'
            "</cbc:PaidAmount></cac:PrepaidPayment><cac:TaxTotal><cbc",
        ),
        (PAYABLE, PAYABLE.replace("2000.00", "2020.00")),
    )
    with pytest.raises(errors.PayableDoesNotAddUp):
        read_invoice(sample(UBL, *collected))
    extension = (
        "urn:cen.eu:en16931:2017",
        "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
        "#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0",
    )
    assert read_invoice(sample(UBL, *collected, extension)).payable == 202000


@pytest.mark.parametrize("mark", ["&#10;✓ proven", "\x9b31m", "\u202e", "\u2028"])
def test_read_ubl__number_that_could_pass_for_other_text__is_refused(
    sample: Sample, mark: str
) -> None:
    text = sample("invoice-ubl.xml").decode()
    spoilt = text.replace("<cbc:ID>YL-2026-0001</cbc:ID>", f"<cbc:ID>YL{mark}</cbc:ID>", 1)
    assert spoilt != text
    with pytest.raises(errors.MalformedField):
        read_invoice(spoilt.encode())
