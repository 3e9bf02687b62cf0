"""Bundles whose heads are the chain's by its validators' signatures."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import cache

import pytest

from ledger.bundle import Bundle, Heads, bundle_bytes, read_bundle
from ledger.canonical import MalformedFile, write_canonical
from ledger.evidence import Evidence
from ledger.evidence.cometbft import CometFinality, SignedHeader
from ledger.ids import ClaimNo, PartyNo
from ledger.trust import Trust, read_trust, trust_bytes
from ledger.verify import Report, render, verify
from ledger.verify.report import time_text
from tests.support.comet import (
    FOUR,
    POWER,
    Signers,
    anchor,
    final_bundle,
    final_trust,
    ledger_state,
    sha,
)
from tests.support.synthetic import SyntheticLedger, lived_claim


@cache
def lived() -> tuple[SyntheticLedger, ClaimNo]:
    return lived_claim()


def final() -> tuple[Bundle, Trust]:
    ledger, claim = lived()
    return final_bundle(ledger, claim), final_trust(ledger)


def signed(bundle: Bundle) -> SignedHeader:
    assert bundle.evidence is not None
    assert isinstance(bundle.evidence.finality, CometFinality)
    return bundle.evidence.finality.signed


def with_finality(bundle: Bundle, header: SignedHeader) -> Bundle:
    assert bundle.evidence is not None
    return replace(bundle, evidence=Evidence(bundle.evidence.proof, CometFinality(header)))


def names(bundle: Bundle, trust: Trust) -> set[str]:
    report = verify(bundle_bytes(bundle), trust)
    assert report.ok == (not report.problems)
    assert report.ok or report.finalised is None
    return {problem.refusal.name for problem in report.problems}


def test_verify__signed_by_the_trusted_validators__proven_and_said_so() -> None:
    bundle, trust = final()
    report = verify(bundle_bytes(bundle), trust)
    text = render(report)
    assert report.ok
    assert report.finalised is not None
    assert report.finalised.signers == FOUR.set.addresses
    assert "signed by 4 of 4 validators, voting power 4000 of 4000" in text
    assert "(more than two thirds needed)" in text
    assert "2026-11-22 11:19:56 in Shanghai (2026-11-22T03:19:56Z)" in text
    assert all(address in text for address in FOUR.set.addresses)
    assert "has signed for them here" not in text
    assert "What was posted after block 99." in report.unproven


def test_verify__one_trust_file__serves_every_bundle_of_the_chain() -> None:
    ledger, claim = lived()
    trust = final_trust(ledger)
    for number, height in ((claim, 100), (ClaimNo(2), 100), (claim, 7_000)):
        assert verify(bundle_bytes(final_bundle(ledger, number, height=height)), trust).ok


def test_verify__three_of_four__the_three_are_named() -> None:
    bundle, trust = final()
    header = FOUR.sign(signed(bundle).header, [0, 1, 3])
    report = verify(bundle_bytes(with_finality(bundle, header)), trust)
    assert report.ok
    absent = FOUR.set.addresses[2]
    assert "3 of 4 validators, voting power 3000 of 4000" in render(report)
    assert absent not in render(report)


def test_verify__one_of_three_signatures_altered__not_believed() -> None:
    bundle, trust = final()
    header = FOUR.sign(signed(bundle).header, [0, 1, 3])
    first, *rest = header.commit.votes
    votes = (replace(first, signature=bytes(64)), *rest)
    altered = replace(header, commit=replace(header.commit, votes=votes))
    assert names(with_finality(bundle, altered), trust) == {"InvalidVote"}
    without = replace(header, commit=replace(header.commit, votes=tuple(rest)))
    assert names(with_finality(bundle, without), trust) == {"PowerTooLow"}


def test_verify__state_root_forged__not_believed() -> None:
    bundle, trust = final()
    header = signed(bundle)
    forged = replace(header, header=replace(header.header, app_hash=sha(b"forged")))
    assert names(with_finality(bundle, forged), trust) == {"InvalidVote"}


def test_verify__block_of_another_state__not_believed() -> None:
    bundle, trust = final()
    other = FOUR.sign(FOUR.header(100, sha(b"another state")))
    assert names(with_finality(bundle, other), trust) == {"RootMismatch"}


def test_verify__proof_of_another_contract__not_believed() -> None:
    """A contract that anybody deployed, with heads to anybody's liking."""
    bundle, trust = final()
    ledger = bundle.deployment.registry
    elsewhere = replace(bundle, deployment=replace(bundle.deployment, ledger=ledger))
    proof, root = ledger_state(elsewhere)
    finality = CometFinality(FOUR.sign(FOUR.header(100, root)))
    assert names(replace(bundle, evidence=Evidence(proof, finality)), trust) == {"ProofOfOther"}


@pytest.mark.parametrize("part", ["claim", "consortium", "all"])
def test_verify__proven_head_stated_otherwise__not_believed(part: str) -> None:
    bundle, trust = final()
    heads: Heads = replace(bundle.heads, **{part: sha(b"another")})
    assert "WordMismatch" in names(replace(bundle, heads=heads), trust)


def test_verify__proven_count_stated_otherwise__not_believed() -> None:
    bundle, trust = final()
    assert names(replace(bundle, count=bundle.count + 1), trust) == {"WordMismatch"}


@pytest.mark.parametrize("book", [0, 1])
def test_verify__last_entry_held_back__not_believed(book: int) -> None:
    bundle, trust = final()
    last = next(entry for entry in reversed(bundle.entries) if entry.book == book)
    kept = tuple(entry for entry in bundle.entries if entry is not last)
    assert names(replace(bundle, entries=kept), trust) >= {"HeadMismatch"}


def test_verify__validators_swapped__not_believed() -> None:
    ledger, claim = lived()
    others = Signers.of(*[POWER] * 4, seed=5)
    assert names(final_bundle(ledger, claim, signers=others), final_trust(ledger)) == {
        "ValidatorsMismatch"
    }


def test_verify__validators_changed_in_between__each_signs_for_its_own_heights() -> None:
    ledger, claim = lived()
    five = Signers.of(*[POWER] * 5, seed=5)
    link = FOUR.sign(FOUR.header(199, sha(b"a state"), five))
    trust = final_trust(ledger, anchor((1, FOUR, None), (200, five, link)))
    for height, who, problems in (
        (100, FOUR, set()),
        (200, five, set()),
        (200, FOUR, {"ValidatorsMismatch"}),
        (100, five, {"ValidatorsMismatch"}),
    ):
        bundle = final_bundle(ledger, claim, signers=who, height=height)
        assert names(bundle, trust) == problems


def test_verify__trust_file_with_a_broken_chain_of_sets__not_believed() -> None:
    ledger, claim = lived()
    five = Signers.of(*[POWER] * 5, seed=5)
    link = FOUR.sign(FOUR.header(199, sha(b"a state"), five), [0, 1])
    trust = final_trust(ledger, anchor((1, FOUR, None), (200, five, link)))
    assert names(final_bundle(ledger, claim), trust) == {"PowerTooLow"}


def test_verify__no_evidence_where_the_trust_file_names_validators__not_believed() -> None:
    bundle, trust = final()
    assert names(replace(bundle, evidence=None), trust) == {"TrustMismatch"}


def test_verify__evidence_where_the_trust_file_pins_heads__not_believed() -> None:
    ledger, claim = lived()
    assert names(final()[0], ledger.trust(claim)) == {"TrustMismatch"}


def test_verify__heads_pinned_for_an_engine_with_consensus__not_told_to_have_none() -> None:
    """Whoever gives an auditor such a trust file leaves the validators out of it."""
    ledger, claim = lived()
    report = verify(bundle_bytes(ledger.bundle(claim)), ledger.trust(claim))
    assert report.ok
    assert report.finalised is None
    assert any("no validator of engine" in line for line in report.unproven)


def test_trust__of_a_chain__written_and_read_the_same() -> None:
    five = Signers.of(*[POWER] * 5, seed=5)
    link = FOUR.sign(FOUR.header(199, sha(b"a state"), five))
    trust = final_trust(lived()[0], anchor((1, FOUR, None), (200, five, link)))
    assert read_trust(trust_bytes(trust)) == trust


def test_bundle__with_evidence__written_and_read_the_same() -> None:
    bundle = final()[0]
    assert read_bundle(bundle_bytes(bundle)) == bundle


@pytest.mark.parametrize("part", ["proof", "finality"])
@pytest.mark.parametrize("given", [{"kind": "none"}, {"kind": "hearsay"}, {}, None, "none"])
def test_read_bundle__half_the_evidence_or_another_kind__malformed(
    part: str, given: object
) -> None:
    bundle = json.loads(bundle_bytes(final()[0]))
    bundle["state"][part] = given
    with pytest.raises(MalformedFile):
        read_bundle(write_canonical(bundle))


def told(signers: Signers, *admitted: bytes, removed: bytes = b"", power: int = POWER) -> Report:
    """The report on a chain of these validators, where the council admitted these keys."""
    ledger, claim = lived_claim()
    for key in (*admitted, *filter(None, [removed])):
        ledger.change_validator(key, 1, power)
    if removed:
        ledger.change_validator(removed, 1, 0, version=1)
    bundle = final_bundle(ledger, claim, signers=signers)
    return verify(bundle_bytes(bundle), final_trust(ledger, anchor((1, signers, None))))


KEYS = [validator.key for validator in FOUR.set.validators]


def test_verify__no_validator_admitted_by_the_council__said() -> None:
    report = told(FOUR)
    assert any("no act of it names a validator" in line for line in report.unproven)


def test_verify__exactly_the_admitted_validators__said() -> None:
    report = told(FOUR, *KEYS, removed=sha(b"gone"))
    assert any("exactly those that the council admitted" in line for line in report.proven)
    assert not any("admitted" in line for line in report.unproven)


def test_verify__admitted_validators_with_another_power__said_of_each() -> None:
    """Who holds the power decides, and not how many hold some."""
    report = told(FOUR, *KEYS, power=POWER - 1)
    assert not any("exactly those that the council admitted" in line for line in report.proven)
    for address in FOUR.set.addresses:
        line = f"That the council gave {address} a voting power of {POWER}, not {POWER - 1}."
        assert line in report.unproven


def test_verify__validator_whom_the_council_did_not_admit__named() -> None:
    report = told(FOUR, *KEYS[:3])
    stranger = FOUR.set.addresses[3]
    assert report.unproven.count(f"That the council admitted these of the validators: {stranger}.")


def test_verify__admitted_validator_who_takes_no_part__named() -> None:
    newcomer = sha(b"a key")
    report = told(FOUR, *KEYS, newcomer)
    assert any(newcomer.hex() in line for line in report.unproven)
    assert report.ok


def test_verify__a_thousand_entries_with_their_finality__within_two_seconds() -> None:
    """Of this process's own time: the machine may be busy with others."""
    ledger = lived_claim()[0]
    lot = next(lot for lot in ledger.lots.values() if lot.claim == 2)
    holders = (lot.holder, PartyNo(2 if lot.holder != 2 else 3))
    for number in range(1_000 - len(ledger.entries)):
        ledger.transfer(lot.claim, lot.start, lot.start, lot.end, holders[(number + 1) % 2])
    data, trust = bundle_bytes(final_bundle(ledger, lot.claim)), final_trust(ledger)
    started = time.process_time()
    report = verify(data, trust)
    taken = time.process_time() - started
    assert report.ok
    assert report.finalised is not None
    assert taken < 2.0, report.entries


@pytest.mark.parametrize("year", [9_999, 10_000, 584_000])
def test_time_text__any_second_a_header_can_name__is_told(year: int) -> None:
    seconds = round((year - 1970) * 365.2425 * 86_400)
    assert str(year) in time_text(seconds * 10**9) or str(seconds) in time_text(seconds * 10**9)
