"""Finality by CometBFT's votes: real ones, and ones that are almost right."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import Field, MalformedFile, write_canonical
from ledger.evidence.cometbft import (
    BlockId,
    CometAnchor,
    CometFinality,
    Commit,
    Header,
    SignedHeader,
    Validator,
    ValidatorSet,
    Vote,
)
from ledger.evidence.refusals import (
    DuplicateVote,
    FinalityRefused,
    InvalidVote,
    KindMismatch,
    OtherChain,
    PowerTooLow,
    SetNotVouched,
    UnknownValidator,
    ValidatorsMalformed,
    ValidatorsMismatch,
    ValidatorsUnknownThen,
    VotesUnordered,
)
from ledger.trust import Pinned
from tests.support.comet import CHAIN, FOUR, POWER, Signers, anchor, sha

RECORDED = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cometbft" / "evidence.json").read_text()
)
FOUNDED, JOINED, LEFT = RECORDED["moments"]
ROOT = sha(b"a state")
TRUSTED = anchor((1, FOUR, None))


def finality_of(moment: dict[str, Any]) -> CometFinality:
    return CometFinality.read(Field("finality", moment["finality"]))


def anchor_of(moment: dict[str, Any]) -> CometAnchor:
    return CometAnchor.read(Field("anchor", moment["anchor"]))


def signed(height: int = 100, who: Signers = FOUR, voters: list[int] | None = None) -> SignedHeader:
    return who.sign(who.header(height, ROOT), voters)


def check(header: SignedHeader, trusted: CometAnchor = TRUSTED) -> Any:
    return CometFinality(header).check(trusted)


# ── real evidence ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("moment", RECORDED["moments"], ids=lambda moment: moment["name"])
def test_check__recorded_from_a_real_network__final(moment: dict[str, Any]) -> None:
    found = finality_of(moment).check(anchor_of(moment))
    assert list(found.validators) == moment["validators"]
    assert set(found.signers) <= set(found.validators)
    assert found.total_power == 1_000 * len(found.validators)
    assert found.signed_power == 1_000 * len(found.signers)
    assert found.state_height == found.height - 1
    assert f"0x{found.state_root.hex()}" == moment["finality"]["header"]["app_hash"]


def test_check__network_that_changed_twice__every_moment_by_the_last_anchor() -> None:
    trusted = anchor_of(LEFT)
    assert [len(one.validators.validators) for one in trusted.sets] == [4, 5, 4]
    for moment in RECORDED["moments"]:
        assert finality_of(moment).check(trusted).validators == tuple(moment["validators"])


@pytest.mark.parametrize(("later", "earlier"), [(JOINED, FOUNDED), (LEFT, JOINED)])
def test_check__anchor_from_before_a_change__validators_mismatch(
    later: dict[str, Any], earlier: dict[str, Any]
) -> None:
    with pytest.raises(ValidatorsMismatch):
        finality_of(later).check(anchor_of(earlier))


def test_check__header_of_another_height_in_its_place__refused() -> None:
    header = finality_of(JOINED).signed.header
    moved = replace(finality_of(FOUNDED).signed, header=header)
    with pytest.raises(FinalityRefused):
        CometFinality(moved).check(anchor_of(LEFT))


def flips(data: bytes) -> list[bytes]:
    return [
        data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
        for at in range(len(data))
        for mask in (0x01, 0x80)
    ]


def variants(value: Any) -> list[Any]:
    """The value with any one byte or bit of it changed."""
    match value:
        case bytes():
            return [*flips(value), value[:-1], value + b"\0"]
        case str():
            return [value[:-1], value + "x", "f" + value[1:]]
        case int():
            return [value + 1, value ^ 1 << 20, *([value - 1] if value else [])]
        case _:
            return []


def changed(value: Any) -> list[Any]:
    """A frozen value with any byte of any field of it, at any depth, changed."""
    if isinstance(value, tuple):
        return [
            (*value[:n], one, *value[n + 1 :])
            for n, member in enumerate(value)
            for one in changed(member)
        ]
    if not hasattr(value, "__dataclass_fields__"):
        return variants(value)
    return [
        replace(value, **{field.name: one})
        for field in fields(value)
        for one in changed(getattr(value, field.name))
    ]


def test_check__any_byte_of_any_field_of_a_real_signed_header_changed__refused() -> None:
    real, trusted = finality_of(FOUNDED), anchor_of(FOUNDED)
    spoiled = changed(real.signed)
    assert len(spoiled) > 1_000
    for one in spoiled:
        with pytest.raises(FinalityRefused):
            CometFinality(one).check(trusted)


def test_check__any_byte_of_a_real_link_changed__refused() -> None:
    trusted = anchor_of(JOINED)
    first, second = trusted.sets
    assert second.vouched_by is not None
    for link in changed(second.vouched_by):
        spoiled = replace(trusted, sets=(first, replace(second, vouched_by=link)))
        with pytest.raises(FinalityRefused):
            spoiled.check()


# ── power ────────────────────────────────────────────────────────────────────────────────────────


def test_check__three_of_four__final() -> None:
    found = check(signed(voters=[0, 1, 3]))
    assert (found.signed_power, found.total_power) == (3 * POWER, 4 * POWER)
    assert found.signers == tuple(FOUR.set.addresses[place] for place in (0, 1, 3))


@pytest.mark.parametrize("voters", [[], [2], [0, 3]])
def test_check__two_of_four_or_fewer__power_too_low(voters: list[int]) -> None:
    with pytest.raises(PowerTooLow) as caught:
        check(signed(voters=voters))
    assert (caught.value.signed, caught.value.total) == (POWER * len(voters), 4 * POWER)


@given(st.integers(1, 10**15), st.integers(-3, 3))
def test_check__power_about_two_thirds__final_only_above(unit: int, more: int) -> None:
    """Signed 2 × unit + more of 3 × unit: more than two thirds as soon as ``more`` is positive."""
    powers = (2 * unit + more, unit - more)
    if min(powers) <= 0:
        return
    who = Signers.of(*powers)
    place = next(n for n, one in enumerate(who.set.validators) if one.power == powers[0])
    header = signed(who=who, voters=[place])
    trusted = anchor((1, who, None))
    if more > 0:
        assert check(header, trusted).signed_power == powers[0]
    else:
        with pytest.raises(PowerTooLow):
            check(header, trusted)


def test_check__one_signature_altered_of_three__refused_though_the_power_would_fall_short() -> None:
    header = signed(voters=[0, 1, 2])
    with pytest.raises(InvalidVote):
        check(with_votes(header, [spoilt(header.commit.votes[0]), *header.commit.votes[1:]]))
    with pytest.raises(PowerTooLow):
        check(with_votes(header, header.commit.votes[1:]))


def test_check__one_signature_altered_of_four__refused_though_three_would_do() -> None:
    header = signed()
    votes = [*header.commit.votes[:3], spoilt(header.commit.votes[3])]
    with pytest.raises(InvalidVote):
        check(with_votes(header, votes))
    assert check(with_votes(header, votes[:3])).signed_power == 3 * POWER


# ── votes ────────────────────────────────────────────────────────────────────────────────────────


def spoilt(vote: Vote) -> Vote:
    return replace(vote, signature=bytes([vote.signature[0] ^ 1]) + vote.signature[1:])


def with_votes(header: SignedHeader, votes: Any) -> SignedHeader:
    return replace(header, commit=replace(header.commit, votes=tuple(votes)))


def test_check__vote_given_twice__duplicate() -> None:
    header = signed(voters=[0, 1])
    with pytest.raises(DuplicateVote):
        check(with_votes(header, [header.commit.votes[0], *header.commit.votes]))


def test_check__votes_in_another_order__unordered() -> None:
    header = signed()
    with pytest.raises(VotesUnordered):
        check(with_votes(header, reversed(header.commit.votes)))


def test_check__vote_of_a_stranger__unknown_validator() -> None:
    header, stranger = signed(), Signers.of(POWER, seed=2)
    vote = stranger.vote(header, stranger.set.addresses[0])
    with pytest.raises(UnknownValidator):
        check(with_votes(header, [*header.commit.votes, vote]))


def test_check__vote_signed_by_another_validator__invalid() -> None:
    header = signed()
    one, two, *rest = header.commit.votes
    with pytest.raises(InvalidVote):
        check(with_votes(header, [replace(one, signature=two.signature), two, *rest]))


@pytest.mark.parametrize(
    "change",
    [
        lambda commit: replace(commit, round=1),
        lambda commit: replace(commit, parts=2),
        lambda commit: replace(commit, parts_hash=sha(b"others")),
    ],
)
def test_check__votes_for_another_round_or_parts__invalid(
    change: Callable[[Commit], Commit],
) -> None:
    header = signed()
    with pytest.raises(InvalidVote):
        check(replace(header, commit=change(header.commit)))


@pytest.mark.parametrize("height", [99, 101])
def test_check__votes_for_another_height__invalid(height: int) -> None:
    header = signed()
    moved = replace(header.header, height=height)
    with pytest.raises(InvalidVote):
        check(replace(header, header=moved))


def test_check__state_root_forged__invalid() -> None:
    header = signed()
    with pytest.raises(InvalidVote):
        check(replace(header, header=replace(header.header, app_hash=sha(b"forged"))))


def test_check__another_chain_with_the_same_validators__other_chain() -> None:
    foreign = replace(FOUR.header(100, ROOT), chain_id="yuanliu-rehearsal")
    with pytest.raises(OtherChain):
        check(FOUR.sign(foreign))
    renamed = replace(signed(), header=replace(foreign, chain_id=CHAIN + "2"))
    with pytest.raises(OtherChain):
        check(renamed)


def test_check__pinned_heads_as_anchor__kind_mismatch() -> None:
    with pytest.raises(KindMismatch):
        CometFinality(signed()).check(Pinned(1, 1, None))  # type: ignore[arg-type]


# ── validator sets ───────────────────────────────────────────────────────────────────────────────

FIVE = Signers.of(POWER, POWER, POWER, POWER, POWER, seed=3)
LINK = FOUR.sign(FOUR.header(199, ROOT, FIVE))
CHANGED = anchor((1, FOUR, None), (200, FIVE, LINK))


def test_check__set_swapped_for_another__mismatch() -> None:
    with pytest.raises(ValidatorsMismatch):
        check(signed(who=FIVE))


def test_check__swapped_set_under_the_trusted_hash__no_votes_of_it_count() -> None:
    header = replace(FIVE.header(100, ROOT), validators_hash=FOUR.set.hash)
    with pytest.raises(UnknownValidator):
        check(FIVE.sign(header))


@pytest.mark.parametrize(("height", "who"), [(1, FOUR), (199, FOUR), (200, FIVE), (900, FIVE)])
def test_check__set_in_force_at_the_height__final(height: int, who: Signers) -> None:
    assert check(signed(height, who), CHANGED).validators == who.set.addresses


@pytest.mark.parametrize(("height", "who"), [(199, FIVE), (200, FOUR), (900, FOUR)])
def test_check__removed_or_future_set_signs__mismatch(height: int, who: Signers) -> None:
    with pytest.raises(ValidatorsMismatch):
        check(signed(height, who), CHANGED)


def test_check__block_before_the_first_set__unknown_then() -> None:
    with pytest.raises(ValidatorsUnknownThen):
        check(signed(9), anchor((10, FOUR, None)))


ELSEWHERE = replace(FOUR.header(199, ROOT, FIVE), chain_id="another")
SETS = {
    "not vouched for": ((200, FIVE, None), ValidatorsMalformed),
    "vouched for at another height": ((201, FIVE, LINK), ValidatorsMalformed),
    "vouched for by itself": (
        (200, FIVE, FIVE.sign(FIVE.header(199, ROOT, FIVE))),
        ValidatorsMismatch,
    ),
    "vouched for by too few": (
        (200, FIVE, FOUR.sign(FOUR.header(199, ROOT, FIVE), [0, 1])),
        PowerTooLow,
    ),
    "not the one that was named": ((200, Signers.of(POWER, seed=4), LINK), SetNotVouched),
    "on another chain": ((200, FIVE, FOUR.sign(ELSEWHERE)), OtherChain),
    "at the first set's height": (
        (1, FIVE, FOUR.sign(FOUR.header(0, ROOT, FIVE))),
        ValidatorsMalformed,
    ),
}


@pytest.mark.parametrize(("given", "refusal"), list(SETS.values()), ids=list(SETS))
def test_check__second_set_unsound__refused(given: Any, refusal: type[FinalityRefused]) -> None:
    with pytest.raises(refusal):
        check(signed(300, FIVE), anchor((1, FOUR, None), given))


def test_check__first_set_missing_or_vouched_for__malformed() -> None:
    for broken in (anchor(), anchor((200, FIVE, LINK)), anchor((0, FOUR, None))):
        with pytest.raises(ValidatorsMalformed):
            check(signed(300, FIVE), broken)


@pytest.mark.parametrize(
    "validators",
    [
        [],
        [Validator(bytes(32), 0)],
        [Validator(bytes(32), 1), Validator(bytes(32), 2)],
        [Validator(bytes([n]) * 32, 1 << 60) for n in range(2)],
    ],
)
def test_validator_set__impossible__malformed(validators: list[Validator]) -> None:
    with pytest.raises(ValidatorsMalformed):
        ValidatorSet.of(validators)


def test_validator_set__in_any_order__the_engines_order_and_hash() -> None:
    given = list(Signers.of(5, 7, 7, 1).set.validators)
    assert [one.power for one in given] == [7, 7, 5, 1]
    assert given[0].address < given[1].address
    assert ValidatorSet.of(given[::-1]).hash == ValidatorSet.of(given).hash


# ── spelling ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("moment", RECORDED["moments"], ids=lambda moment: moment["name"])
def test_to_json__read_and_written__the_same(moment: dict[str, Any]) -> None:
    assert finality_of(moment).to_json() == moment["finality"]
    assert anchor_of(moment).to_json() == moment["anchor"]
    assert write_canonical(finality_of(moment).to_json())


@pytest.mark.parametrize("address", ["", "ab" * 20, "AB" * 19, "AB" * 19 + " A", "XY" * 20])
def test_read__validator_spelled_otherwise__malformed(address: str) -> None:
    vote = {"validator": address, "time": "1", "signature": "0x"}
    with pytest.raises(MalformedFile):
        Vote.read(Field("vote", vote))


def test_header_hash__every_field_counts() -> None:
    header = FOUR.header(100, ROOT)
    hashes = {one.hash() for one in changed(header)}
    assert header.hash() not in hashes
    assert len(hashes) == len(changed(header))


def test_header_hash__block_without_a_predecessor__as_cometbft_has_it() -> None:
    """The first block's header, whose last block id is empty but isn't left out."""
    header = replace(FOUR.header(1, ROOT), last_block_id=BlockId(b"", 0, b""))
    assert header.last_block_id.encode() == b"\x12\x00"
    assert isinstance(header, Header)
