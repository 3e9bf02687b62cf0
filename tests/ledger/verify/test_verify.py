"""What a sound bundle is said to prove, and what not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.bundle import DocumentSet, OpenedDocument, bundle_bytes
from ledger.canonical import MalformedFile
from ledger.commitments import commit
from ledger.documents.invoice import read_invoice
from ledger.ids import PartyNo
from ledger.trust import Trust, read_trust, trust_bytes
from ledger.verify import Report, render, verify
from tests.support.synthetic import (
    DEPLOYMENT,
    MATURITY,
    SUPPLIER,
    Key,
    SyntheticLedger,
    consortium,
    lived_claim,
)

SAMPLE = Path(__file__).parents[3] / "samples" / "invoice-ubl.xml"
SALT = b"\7" * 32


def names(report: Report) -> set[str]:
    return {problem.refusal.name for problem in report.problems}


def lived() -> tuple[bytes, Trust]:
    ledger, claim = lived_claim()
    return bundle_bytes(ledger.bundle(claim)), ledger.trust(claim)


def with_invoice(total_off_by: int = 0) -> tuple[SyntheticLedger, DocumentSet]:
    content = SAMPLE.read_bytes()
    invoice = read_invoice(content)
    papers = DocumentSet.of([commit(SALT, content)], [OpenedDocument(SALT, content)])
    total = invoice.payable + total_off_by
    use = InvoiceUse(invoice.fingerprint, total, total, 0)
    ledger = consortium()
    ledger.post_issue(Issue(1, 2, invoice.currency, total, MATURITY, (use,), papers.root, FOREVER))
    return ledger, papers


def test_verify__lived_claim__says_what_it_proves_and_what_not() -> None:
    report = verify(*lived())
    text = render(report)
    assert report.ok
    assert (report.entries, report.signatures) == (24, 37)
    assert "100.00 CNY of it discharged, by 5 statement lines" in text
    assert "no validator of engine" in text
    assert "the ledger's other 1 entries" in text
    assert text.endswith("VERIFIED: 24 entries, 37 signatures.")


def test_verify__ledger_of_one_claim__all_of_it_proven() -> None:
    ledger, papers = with_invoice()
    report = verify(bundle_bytes(ledger.bundle(1, [papers])), ledger.trust(1))  # type: ignore[arg-type]
    assert any("all 13 entries of the ledger" in statement for statement in report.proven)
    assert not any("other" in statement for statement in report.unproven)


def test_verify__opened_invoice__named_with_what_it_says() -> None:
    ledger, papers = with_invoice()
    report = verify(bundle_bytes(ledger.bundle(1, [papers])), ledger.trust(1))  # type: ignore[arg-type]
    number = read_invoice(SAMPLE.read_bytes()).number
    assert any(f"Invoice {number} of" in statement for statement in report.proven)


def test_verify__opened_invoice_over_another_amount__refused() -> None:
    ledger, papers = with_invoice(total_off_by=1)
    report = verify(bundle_bytes(ledger.bundle(1, [papers])), ledger.trust(1))  # type: ignore[arg-type]
    assert names(report) == {"InvoiceDisagrees"}


def test_verify__documents_of_no_agreement__refused() -> None:
    ledger, claim = lived_claim()
    stray = DocumentSet.of([commit(SALT, b"x")], [OpenedDocument(SALT, b"x")])
    report = verify(bundle_bytes(ledger.bundle(claim, [stray])), ledger.trust(claim))
    assert names(report) == {"DocumentsUnknown"}


def test_verify__document_that_opens_nothing__refused() -> None:
    papers = DocumentSet.of([commit(SALT, b"x")], [OpenedDocument(SALT, b"x")])
    ledger, claim = lived_claim(papers.root)
    other = replace(papers, opened=(OpenedDocument(SALT, b"y"),))
    report = verify(bundle_bytes(ledger.bundle(claim, [other])), ledger.trust(claim))
    assert names(report) == {"DocumentUnknown"}


def test_verify__unsound_entry_under_sound_heads__refused() -> None:
    """Heads alone make nothing true: a node that lies consistently is found out as well."""
    ledger, claim = lived_claim()
    ledger.settle(ledger.payment(claim, 0, 1), [Key("stranger"), Key("another")])
    report = verify(bundle_bytes(ledger.bundle(claim)), ledger.trust(claim))
    assert {"NotMember", "LotNotLive"} <= names(report)
    assert render(report).endswith("nothing in this bundle may be relied on.")
    assert report.proven == ()


def test_verify__entry_of_another_claim_slipped_in__refused() -> None:
    ledger, claim = lived_claim()
    bundle = replace(ledger.bundle(claim), entries=tuple(ledger.entries))
    assert "ForeignEntry" in names(verify(bundle_bytes(bundle), ledger.trust(claim)))


@pytest.mark.parametrize("book", [0, 1])
def test_verify__last_entry_of_a_book_held_back__refused(book: int) -> None:
    """What is left would be sound by itself: only the head tells."""
    ledger, claim = lived_claim()
    ledger.enrol("LATECOMER", SUPPLIER)
    bundle = ledger.bundle(claim)
    last = next(entry for entry in reversed(bundle.entries) if entry.book == book)
    kept = tuple(entry for entry in bundle.entries if entry is not last)
    report = verify(bundle_bytes(replace(bundle, entries=kept)), ledger.trust(claim))
    assert names(report) == {"HeadMismatch"}


@pytest.mark.parametrize(
    "other",
    [
        lambda trust: replace(trust, deployment=replace(DEPLOYMENT, chain_id=1)),
        lambda trust: replace(trust, deployment=replace(DEPLOYMENT, commit="f" * 40)),
        lambda trust: replace(trust, members=frozenset({Key("stranger").address})),
        lambda trust: replace(trust, quorum=1),
        lambda trust: replace(trust, anchor=replace(trust.anchor, claim=2)),
        lambda trust: replace(trust, anchor=replace(trust.anchor, count=trust.anchor.count + 1)),
        lambda trust: replace(
            trust,
            anchor=replace(trust.anchor, heads=replace(trust.anchor.heads, all=bytes(32))),
        ),
    ],
)
def test_verify__another_trust_file__refused(other: object) -> None:
    data, trust = lived()
    assert callable(other)
    assert "TrustMismatch" in names(verify(data, other(trust)))


def test_verify__bundle_of_another_claim__refused() -> None:
    ledger, claim = lived_claim()
    report = verify(bundle_bytes(ledger.bundle(claim)), ledger.trust(PartyNo(2)))  # type: ignore[arg-type]
    assert "TrustMismatch" in names(report)


def test_trust__written_and_read__the_same() -> None:
    trust = lived()[1]
    assert read_trust(trust_bytes(trust)) == trust


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":"yuanliu-trust/2"}', b"\xff"])
def test_read_trust__nonsense__malformed(data: bytes) -> None:
    with pytest.raises(MalformedFile):
        read_trust(data)


def test_verify__imported_alone__pulls_in_no_network_and_no_database() -> None:
    program = (
        "import sys, ledger.verify; "
        "print(sorted({'sqlalchemy', 'web3', 'httpx', 'fastapi', 'chain'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_render__statement_with_line_breaks__stays_one_line() -> None:
    text = render(Report(proven=("Invoice 1\n  ✓ FORGED\x9b31m\u202e is behind it",)))
    assert [line for line in text.splitlines() if line.lstrip().startswith("✓")] == [
        "  ✓ Invoice 1\ufffd  ✓ FORGED\ufffd31m\ufffd is behind it"
    ]


@pytest.mark.parametrize("count", [(1 << 64) - 1, 2_000_000_000])
def test_verify__count_beyond_reason__is_a_problem_at_once(count: int) -> None:
    ledger, claim = lived_claim()
    bundle = replace(ledger.bundle(claim), count=count)
    assert names(verify(bundle_bytes(bundle), ledger.trust(claim))) == {"TrustMismatch"}
