"""数电票: the digital VAT invoice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledger import identifiers, money
from ledger.documents import errors, read_invoice
from ledger.errors import Refused

Sample = Callable[..., bytes]

CN = "einvoice-cn.xml"
BUYER_CODE = "<BuyerIdNum>91310000MAC0RE00XR</BuyerIdNum>"


def test_read_invoice__cn_sample__every_field(sample: Sample) -> None:
    invoice = read_invoice(sample(CN))
    assert (invoice.format, invoice.profile) == ("einvoice-cn", "special")
    assert (invoice.number, invoice.currency) == ("26332000000000000017", "CNY")
    assert (invoice.net, invoice.tax) == (100000000, 13000000)
    assert invoice.gross == invoice.payable == 113000000
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 9, 1), None)
    assert invoice.seller.id == "uscc:91330200MATE1ER01L"
    assert invoice.buyer.id == "uscc:91310000MAC0RE00XR"


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("<LabelCode>Y</LabelCode>", "<LabelCode>N</LabelCode>", errors.RedLetterInvoice),
        (
            "</EInvoiceData>",
            "<RedEInvoice><OriginalInvoiceCode>1</OriginalInvoiceCode></RedEInvoice></EInvoiceData>",
            errors.RedLetterInvoice,
        ),
        ("<LabelCode>01</LabelCode>", "<LabelCode>51</LabelCode>", errors.UnsupportedInvoiceLabel),
        ("<TotalTaxAm>130000.00", "<TotalTaxAm>130000.01", errors.GrossDoesNotAddUp),
        ("<TotalTaxAm>130000.00", "<TotalTaxAm>130000.00001", money.TooManyDecimals),
        ("Amount>1130000.00<", "Amount>-1130000.00<", errors.NegativeInvoice),
        ("Amount>1130000.00<", "Amount>0<", errors.NothingPayable),
        ("<TotalTaxAm>130000.00</TotalTaxAm>", "", errors.MissingField),
        ("26332000000000000017", "2633200000000000001", errors.MalformedField),
        ("26332000000000000017", "2633200000000000001A", errors.MalformedField),
        ("<IssueTime>2026-09-01", "<IssueTime>2026-13-01", errors.MalformedField),
        ("<IssueTime>2026-09-01", "<IssueTime>yesterday", errors.MalformedField),
        ("91330200MATE1ER01L", "91330200MATE1ER010", identifiers.WrongCheckDigit),
        ("91330200MATE1ER01L", "", errors.MissingField),
        ("虚构核心装备（上海）股份有限公司", "", errors.MissingField),
    ],
)
def test_read_invoice__one_thing_changed__named_refusal(
    sample: Sample, old: str, new: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        read_invoice(sample(CN, (old, new)))


def test_read_invoice__ordinary_label__read(sample: Sample) -> None:
    label = ("<LabelCode>01</LabelCode>", "<LabelCode>02</LabelCode>")
    assert read_invoice(sample(CN, label)).profile == "ordinary"


def test_read_invoice__issue_time_with_a_clock__its_day(sample: Sample) -> None:
    clock = ("<IssueTime>2026-09-01", "<IssueTime>2026-09-01 23:59:59")
    assert read_invoice(sample(CN, clock)).issue_date == date(2026, 9, 1)


def test_read_invoice__buyer_without_a_code__goes_by_name(sample: Sample) -> None:
    buyer = read_invoice(sample(CN, (BUYER_CODE, ""))).buyer
    assert buyer.id == "name:CN:虚构核心装备(上海)股份有限公司"
