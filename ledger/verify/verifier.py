"""The checks, in the order in which each rests on those before it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.bundle import Bundle, read_bundle
from ledger.entries import EMPTY_HEAD, extend
from ledger.errors import Refused
from ledger.fold import Folded, fold
from ledger.hexadecimal import hexed
from ledger.ids import CONSORTIUM_BOOK
from ledger.trust import Trust
from ledger.verify import statements
from ledger.verify.documents import open_documents
from ledger.verify.finality import prove_state
from ledger.verify.refusals import ClaimMissing, ForeignEntry, HeadMismatch, TrustMismatch
from ledger.verify.report import Problem, Report


def verify(data: bytes, trust: Trust) -> Report:
    """Checks a bundle's bytes; never raises for anything they hold.

    The file is in canonical form and of the trusted deployment; its count and heads are the
    chain's, as the trusted validators signed it, or the trust file's; its entries make those
    heads; every entry obeys the contracts' rules, signatures included, from the trusted founding
    council on; opened documents are those that agreements commit to.
    """
    try:
        bundle = read_bundle(data)
    except Refused as refusal:
        return Report((Problem(refusal),))
    whole = _is_whole(bundle)
    folded = fold(bundle.entries, trust.deployment, whole=whole)
    opening = open_documents(bundle.documents, folded.state)
    proof = prove_state(bundle, trust)
    problems = (
        *map(Problem, _trust_mismatches(bundle, trust, folded)),
        *map(Problem, proof.refusals),
        *map(Problem, _head_mismatches(bundle, whole)),
        *(Problem(finding.refusal, finding.entry) for finding in folded.findings),
        *map(Problem, opening.refusals),
    )
    if problems:
        return Report(problems, entries=folded.entries, signatures=folded.signatures)
    told = statements.Told(bundle, folded, opening, proof.finalised, whole)
    return Report(
        proven=tuple(statements.proven(told)),
        unproven=tuple(statements.unproven(told)),
        entries=folded.entries,
        signatures=folded.signatures,
        finalised=proof.finalised,
    )


def _is_whole(bundle: Bundle) -> bool:
    """Whether the ledger has no entries but the bundle's."""
    if len(bundle.entries) != bundle.count:
        return False
    return all(entry.index == position for position, entry in enumerate(bundle.entries))


def _trust_mismatches(bundle: Bundle, trust: Trust, folded: Folded) -> Iterator[Refused]:
    founders = folded.state.founders
    compared = (
        ("deployment", bundle.deployment, trust.deployment),
        ("founding council", sorted(founders.members), sorted(trust.members)),
        ("founding quorum", founders.quorum, trust.quorum),
    )
    for part, found, trusted in compared:
        if found != trusted:
            yield TrustMismatch(part, str(found), str(trusted))


def _head_mismatches(bundle: Bundle, whole: bool) -> Iterator[Refused]:
    heads = {CONSORTIUM_BOOK: EMPTY_HEAD, bundle.claim: EMPTY_HEAD}
    of_all = EMPTY_HEAD
    for entry in bundle.entries:
        if entry.book not in heads:
            yield ForeignEntry(entry.index, entry.book)
            continue
        digest = entry.hash()
        heads[entry.book] = extend(heads[entry.book], digest)
        of_all = extend(of_all, digest)
    if heads[bundle.claim] == EMPTY_HEAD or bundle.claim == CONSORTIUM_BOOK:
        yield ClaimMissing(bundle.claim)
    stated = [
        ("the claim's book", heads[bundle.claim], bundle.heads.claim),
        ("the consortium's book", heads[CONSORTIUM_BOOK], bundle.heads.consortium),
    ]
    if whole:
        stated.append(("all books", of_all, bundle.heads.all))
    for book, recomputed, head in stated:
        if recomputed != head:
            yield HeadMismatch(book, hexed(recomputed), hexed(head))
