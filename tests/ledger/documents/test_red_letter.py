"""红字发票: which invoice it reverses, and how much of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledger.documents import errors, invoice_fingerprint, read_invoice, read_red_letter
from ledger.errors import Refused

Sample = Callable[..., bytes]

RED = "red-letter-cn.xml"
ORIGINAL = "<OriginalInvoiceCode>26332000000000000017</OriginalInvoiceCode>"


def test_read_red_letter__sample__reverses_the_sample_invoice(sample: Sample) -> None:
    letter, blue = read_red_letter(sample(RED)), read_invoice(sample("einvoice-cn.xml"))
    assert letter.reversed_fingerprint == blue.fingerprint
    assert (letter.amount, letter.currency) == (blue.gross, "CNY")
    assert letter.fingerprint == invoice_fingerprint(blue.seller.id, "26332000000000000025")
    assert (letter.issue_date, letter.buyer.id) == (date(2026, 9, 8), blue.buyer.id)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("-1130000.00", "1130000.00", errors.NotARedLetter),
        ("-1130000.00", "0", errors.NotARedLetter),
        ("-1130000.00", "-1130000.01", errors.GrossDoesNotAddUp),
        (ORIGINAL, "", errors.MissingField),
        (ORIGINAL, ORIGINAL * 2, errors.RepeatedField),
        ("26332000000000000017", "17", errors.MalformedField),
        ("<SellerIdNum>91330200MATE1ER01L</SellerIdNum>", "", errors.MissingField),
    ],
)
def test_read_red_letter__one_thing_changed__named_refusal(
    sample: Sample, old: str, new: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        read_red_letter(sample(RED, (old, new)))


def test_read_red_letter__a_blue_one_or_another_format__refused(sample: Sample) -> None:
    with pytest.raises(errors.NotARedLetter):
        read_red_letter(sample("einvoice-cn.xml"))
    with pytest.raises(errors.UnknownDocument):
        read_red_letter(sample("invoice-ubl.xml"))
