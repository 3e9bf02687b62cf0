"""Bank statements: camt.053 and camt.054 in the shapes their versions take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledger import money
from ledger.documents import Direction, errors, read_statement
from ledger.documents.statement import StatementLine
from ledger.errors import Refused

Sample = Callable[..., bytes]

ENTRY = (
    '<Ntry><Amt Ccy="CNY">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    "<BookgDt><Dt>2026-11-02</Dt></BookgDt><AcctSvcrRef>R1</AcctSvcrRef>{details}</Ntry>"
)
DETAILS = "<NtryDtls>{}</NtryDtls>"


def statement(
    *entries: str, message: str = "camt.053", version: str = "02", account: str = "6200 001"
) -> bytes:
    body, part = {
        "camt.053": ("BkToCstmrStmt", "Stmt"),
        "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[message]
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.001.{version}"><{body}>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr><{part}><Id>S1</Id>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{''.join(entries)}"
        f"</{part}></{body}></Document>"
    ).encode()


def lines(*details: str, entry: str = ENTRY) -> tuple[StatementLine, ...]:
    inside = DETAILS.format("".join(f"<TxDtls>{detail}</TxDtls>" for detail in details))
    return read_statement(statement(entry.format(details=inside if details else ""))).lines


def line(detail: str = "", entry: str = ENTRY) -> StatementLine:
    (only,) = lines(detail, entry=entry)
    return only


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
@pytest.mark.parametrize("message", ["camt.053", "camt.054"])
def test_read_statement__every_version__read(message: str, version: str) -> None:
    found = read_statement(statement(ENTRY.format(details=""), message=message, version=version))
    assert (found.message, found.version, found.message_id) == (message, int(version), "M1")
    assert found.lines[0].units == 1000


def test_read_statement__sample__two_paid_lots(sample: Sample) -> None:
    first, second = read_statement(sample("statement-camt053.xml")).lines
    assert (first.end_to_end_id, first.units) == ("LOT-12-0-68000000", 68000000)
    assert (second.end_to_end_id, second.units) == ("LOT-12-68000000-113000000", 45000000)
    assert first.is_payment
    assert first.direction is Direction.DEBIT
    assert first.booking_date == date(2026, 11, 2)
    assert first.creditor.account == "6200000000000000202"


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b"<Document/>", errors.NotAStatement),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"/>',
            errors.NotAStatement,
        ),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
            errors.NotAStatement,
        ),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>',
            errors.NotAStatement,
        ),
        (statement(version="01"), errors.UnsupportedStatementVersion),
        (statement(version="14"), errors.UnsupportedStatementVersion),
        (statement(account=""), errors.MissingField),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
            b"<GrpHdr><MsgId>M1</MsgId></GrpHdr></BkToCstmrStmt></Document>",
            errors.EmptyStatementMessage,
        ),
    ],
)
def test_read_statement__no_statement__named_refusal(
    document: bytes, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        read_statement(document)


def test_read_statement__invoice__not_a_statement(sample: Sample) -> None:
    with pytest.raises(errors.NotAStatement):
        read_statement(sample("invoice-ubl.xml"))


def test_read_statement__no_entries__no_lines() -> None:
    assert read_statement(statement()).lines == ()


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("10.00", "10.00001", money.TooManyDecimals),
        ("10.00", "-10.00", money.NegativeAmount),
        ("10.00", "1e3", money.MalformedAmount),
        ('Ccy="CNY"', 'Ccy="RMB"', money.UnknownCurrency),
        (' Ccy="CNY"', "", money.UnknownCurrency),
        ('<Amt Ccy="CNY">10.00</Amt>', "", errors.MissingField),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "", errors.MissingField),
        (">CRDT<", ">BOTH<", errors.MalformedField),
        ("<Sts>BOOK</Sts>", "", errors.MissingField),
        ("2026-11-02", "2026-11-31", errors.MalformedField),
        ("<Dt>2026-11-02</Dt>", "<DtTm>2026-11-02</DtTm>", errors.MalformedField),
        ("<Sts>", "<RvslInd>maybe</RvslInd><Sts>", errors.MalformedField),
        ("<Sts>", '<Amt Ccy="CNY">99.00</Amt><Sts>', errors.RepeatedField),
    ],
)
def test_read_statement__one_thing_changed__named_refusal(
    old: str, new: str, refusal: type[Refused]
) -> None:
    assert old in ENTRY
    with pytest.raises(refusal):
        line(entry=ENTRY.replace(old, new))


@pytest.mark.parametrize(
    ("status", "booked"),
    [
        ("<Sts>BOOK</Sts>", True),
        ("<Sts><Cd>BOOK</Cd></Sts>", True),
        ("<Sts>PDNG</Sts>", False),
        ("<Sts><Cd>PDNG</Cd></Sts>", False),
        ("<Sts><Prtry>BOOK</Prtry></Sts>", False),
        ("<Sts>INFO</Sts>", False),
    ],
)
def test_line__status__booked_only_if_it_says_so(status: str, booked: bool) -> None:
    found = line(entry=ENTRY.replace("<Sts>BOOK</Sts>", status))
    assert (found.booked, found.is_payment) == (booked, booked)


@pytest.mark.parametrize(("flag", "reversal"), [("true", True), ("1", True), ("false", False)])
def test_line__reversal_indicator__never_a_payment(flag: str, reversal: bool) -> None:
    found = line(entry=ENTRY.replace("<Sts>", f"<RvslInd>{flag}</RvslInd><Sts>"))
    assert (found.reversal, found.is_payment) == (reversal, not reversal)


def test_line__returned_payment__is_a_reversal() -> None:
    found = line("<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    assert found.reversal
    assert not found.is_payment


def test_line__zero_amount__no_payment() -> None:
    assert not line(entry=ENTRY.replace("10.00", "0")).is_payment


@pytest.mark.parametrize(
    "detail",
    [
        '<Amt Ccy="EUR">3.1</Amt><AmtDtls><TxAmt><Amt Ccy="USD">4</Amt></TxAmt></AmtDtls>',
        '<AmtDtls><InstdAmt><Amt Ccy="USD">4</Amt></InstdAmt>'
        '<TxAmt><Amt Ccy="EUR">3.10</Amt></TxAmt></AmtDtls>',
    ],
)
def test_line__amount_of_the_transaction__preferred(detail: str) -> None:
    found = line(detail)
    assert (found.units, found.currency) == (310, "EUR")


def test_line__one_transaction_without_amount__the_entry_s() -> None:
    assert line("<Refs><EndToEndId>E1</EndToEndId></Refs>").units == 1000


def test_lines__several_transactions__one_each() -> None:
    first, second = lines(
        '<Refs><EndToEndId>E1</EndToEndId></Refs><Amt Ccy="CNY">4</Amt>',
        "<Refs><AcctSvcrRef>R2</AcctSvcrRef><EndToEndId>E2</EndToEndId></Refs>"
        '<Amt Ccy="CNY">6</Amt>',
    )
    assert (first.end_to_end_id, first.units, first.bank_reference) == ("E1", 400, "R1")
    assert (second.end_to_end_id, second.units, second.bank_reference) == ("E2", 600, "R2")


def test_lines__one_of_several_without_amount__entry_stays_undivided() -> None:
    (only,) = lines(
        "<Refs><EndToEndId>E1</EndToEndId></Refs>",
        '<Refs><EndToEndId>E2</EndToEndId></Refs><Amt Ccy="CNY">6</Amt>',
    )
    assert (only.end_to_end_id, only.units) == ("", 1000)


def test_line__direction_of_the_transaction__preferred() -> None:
    assert line("<CdtDbtInd>DBIT</CdtDbtInd>").direction is Direction.DEBIT


@pytest.mark.parametrize("zone", ["", "Z", "+08:00", "-11:00", ".000000000"])
def test_line__date_time__day_as_written(zone: str) -> None:
    entry = ENTRY.replace("<Dt>2026-11-02</Dt>", f"<DtTm>2026-11-02T23:59:59{zone}</DtTm>")
    assert line(entry=entry).booking_date == date(2026, 11, 2)


def test_line__no_dates__none() -> None:
    found = line(entry=ENTRY.replace("<BookgDt><Dt>2026-11-02</Dt></BookgDt>", ""))
    assert (found.booking_date, found.value_date) == (None, None)


@pytest.mark.parametrize(
    "name",
    ["<Nm>A</Nm>", "<Pty><Nm>A</Nm></Pty>", "<Agt><FinInstnId><Nm>A</Nm></FinInstnId></Agt>"],
)
def test_line__parties__found_where_each_version_puts_them(name: str) -> None:
    found = line(
        f"<RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>gb82 WEST1234</IBAN></Id></DbtrAcct>"
        "</RltdPties><RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd>"
        "<Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    assert (found.debtor.name, found.debtor.account) == ("A", "GB82WEST1234")
    assert found.creditor.name == ""
    assert found.remittance == "one two RF18"


def test_fingerprint__equal_lines_of_one_file__told_apart_by_their_ordinal() -> None:
    detail = '<Refs><EndToEndId>E1</EndToEndId></Refs><Amt Ccy="CNY">5</Amt>'
    found = lines(detail, detail)
    assert [one.ordinal for one in found] == [0, 1]
    assert len({one.fingerprint for one in found}) == 2


@pytest.mark.parametrize("amounts", [("9.99",), ("1000000.00",), ("5", "5", "5")])
def test_lines__details_not_adding_up_to_what_was_booked__stay_one_without_reference(
    amounts: tuple[str, ...],
) -> None:
    refs = "<Refs><EndToEndId>E1</EndToEndId></Refs>"
    (found,) = lines(*(f'{refs}<Amt Ccy="CNY">{amount}</Amt>' for amount in amounts))
    assert (found.units, found.end_to_end_id) == (1_000, "")


def test_fingerprint__text_beside_the_identity_differs__same() -> None:
    plain = line("<RmtInf><Ustrd>one</Ustrd></RmtInf>")
    other = line("<RmtInf><Ustrd>two</Ustrd></RmtInf>")
    assert plain.fingerprint == other.fingerprint


def test_read_statement__several_accounts__lines_of_each_in_order() -> None:
    one = statement(ENTRY.format(details="")).decode()
    part = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    both = one.replace(part, part + part.replace("6200 001", "6200 002")).encode()
    assert [found.account for found in read_statement(both).lines] == ["6200001", "6200002"]
