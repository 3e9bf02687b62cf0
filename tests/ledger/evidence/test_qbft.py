"""QBFT headers: what Besu published and sealed, and what must not pass for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rlp
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical import Field
from ledger.errors import Refused
from ledger.evidence.qbft import (
    ExtraData,
    Header,
    QbftAnchor,
    QbftFinality,
    ValidatorSet,
    Vote,
    genesis_extra_data,
    quorum,
)
from ledger.evidence.qbft.finality import committers
from ledger.evidence.qbft.refusals import HeaderMalformed, SealInvalid
from ledger.evidence.refusals import (
    DuplicateVote,
    KindMismatch,
    PowerTooLow,
    UnknownValidator,
    ValidatorsMalformed,
    ValidatorsMismatch,
    ValidatorsUnknownThen,
)
from ledger.ids import Address
from tests.support.qbft import KEYS, Sealing, addresses, sign

VECTORS = Path(__file__).parents[2] / "vectors" / "besu"
ENCODINGS = json.loads((VECTORS / "extra-data.json").read_text())
SEALED = json.loads((VECTORS / "sealed-header.json").read_text())

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BLOCK = Sealing(state_root=b"\7" * 32)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def checksummed(texts: list[str]) -> tuple[Address, ...]:
    return tuple(Address(to_checksum_address(text)) for text in texts)


@pytest.mark.parametrize("vector", ENCODINGS["encodings"], ids=lambda vector: vector["source"])
def test_extra_data__besu_example__encoded_and_decoded(vector: dict[str, Any]) -> None:
    validators = checksummed(vector["validators"])
    assert genesis_extra_data(validators) == unhex(vector["rlp"])
    assert ExtraData.decode(unhex(vector["rlp"])).validators == validators


def test_extra_data__besu_codec_test__encoded_and_decoded() -> None:
    vector = ENCODINGS["populated"]
    (voted,) = checksummed([vector["vote"]["validator"]])
    extra = ExtraData(
        vanity=unhex(vector["vanity"]),
        validators=checksummed(vector["validators"]),
        vote=Vote(voted, vector["vote"]["add"]),
        round=vector["round"],
        seals=tuple(unhex(seal) for seal in vector["seals"]),
    )
    assert extra.encode() == unhex(vector["rlp"])
    assert ExtraData.decode(unhex(vector["rlp"])) == extra


@pytest.mark.parametrize("vector", ENCODINGS["refused"], ids=lambda vector: vector["source"])
def test_extra_data__encoding_besu_does_not_read__refused(vector: dict[str, Any]) -> None:
    with pytest.raises(HeaderMalformed):
        ExtraData.decode(unhex(vector["rlp"]))


votes = st.none() | st.builds(Vote, st.sampled_from(addresses(KEYS)), st.booleans())


@given(
    st.builds(
        ExtraData,
        vanity=st.binary(min_size=32, max_size=32),
        validators=st.lists(st.sampled_from(addresses(KEYS))).map(tuple),
        vote=votes,
        round=st.integers(0, 2**32 - 1),
        seals=st.lists(st.binary(min_size=65, max_size=65)).map(tuple),
    )
)
def test_extra_data__any__same_after_encoding(extra: ExtraData) -> None:
    assert ExtraData.decode(extra.encode()) == extra


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda data: b"\xf8\xff" + data))
def test_header__noise__refused_by_name(data: bytes) -> None:
    with pytest.raises(HeaderMalformed):
        Header.decode(data)


@pytest.fixture
def recursion_limit() -> Iterator[None]:
    """Python's own: py_ecc, which eth-account brings along, lifts it."""
    lifted = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(lifted)


@pytest.mark.usefixtures("recursion_limit")
def test_extra_data__nested_ten_thousand_deep__refused_by_name() -> None:
    deep = b"\xc0"
    for _ in range(10_000):
        deep = (bytes([0xC0 + len(deep)]) if len(deep) < 56 else _long(len(deep))) + deep
    with pytest.raises(HeaderMalformed) as refused:
        ExtraData.decode(deep)
    assert "nested" in refused.value.reason


def _long(length: int) -> bytes:
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0xF7 + len(size)]) + size


# A block that Besu made


def recorded_anchor() -> QbftAnchor:
    return QbftAnchor((ValidatorSet(0, checksummed(SEALED["validators"])),))


def test_check__block_besu_made__sealed_by_three_of_four() -> None:
    final = QbftFinality(unhex(SEALED["header"])).check(recorded_anchor())
    assert (final.signed_power, final.total_power) == (3, 4)
    assert set(final.signers) < set(final.validators)
    assert final.state_root == unhex(SEALED["state_root"])
    assert (final.height, final.state_height) == (SEALED["number"], SEALED["number"])
    assert final.time == SEALED["timestamp"] * 10**9


def test_header__block_besu_made__hashed_for_its_seals_and_written_back() -> None:
    header = Header.decode(unhex(SEALED["header"]))
    assert header.sealed_hash() == unhex(SEALED["sealed_hash"])
    assert header.extra.round == SEALED["round"]
    assert header.encode() == unhex(SEALED["header"])


def test_header__block_besu_made__name_is_without_round() -> None:
    header = Header.decode(unhex(SEALED["header"]))
    assert header.block_hash() != header.sealed_hash()
    later = replace(header, extra=replace(header.extra, round=5, seals=()))
    assert later.block_hash() == header.block_hash()
    assert later.sealed_hash() != header.sealed_hash()


@settings(deadline=None)
@given(st.integers(0, len(unhex(SEALED["header"])) - 1), st.integers(1, 255))
def test_check__one_byte_changed_in_block_besu_made__refused(position: int, flip: int) -> None:
    data = bytearray(unhex(SEALED["header"]))
    data[position] ^= flip
    with pytest.raises(Refused):
        QbftFinality(bytes(data)).check(recorded_anchor())


def test_check__seal_of_block_besu_made_taken_out__below_quorum() -> None:
    header = Header.decode(unhex(SEALED["header"]))
    fewer = replace(header, extra=replace(header.extra, seals=header.extra.seals[:2]))
    with pytest.raises(PowerTooLow) as refused:
        QbftFinality(fewer.encode()).check(recorded_anchor())
    assert (refused.value.signed, refused.value.total) == (2, 4)


# Blocks sealed by keys of our own


@pytest.mark.parametrize(
    ("validators", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7)]
)
def test_quorum__of_so_many__two_thirds_rounded_up(validators: int, needed: int) -> None:
    assert quorum(validators) == needed


@pytest.mark.parametrize("total", range(1, 8))
def test_check__around_the_quorum__passes_with_it_and_not_with_one_less(total: int) -> None:
    block = replace(BLOCK, validators=KEYS[:total])
    enough = KEYS[: quorum(total)]
    assert block.seal(enough).check(block.anchor).signed_power == quorum(total)
    with pytest.raises(PowerTooLow):
        block.seal(enough[1:]).check(block.anchor)


@pytest.mark.parametrize("block", [replace(BLOCK, listed=False), replace(BLOCK, round=3)])
def test_check__validators_of_a_contract_or_later_round__passes(block: Sealing) -> None:
    assert block.seal(KEYS[1:4]).check(block.anchor).signers == addresses(KEYS[1:4])


@pytest.mark.parametrize("add", [True, False])
def test_check__header_with_a_vote__passes(add: bool) -> None:
    block = replace(BLOCK, vote=Vote(KEYS[5].address, add))
    assert block.seal(KEYS[:3]).check(block.anchor).signed_power == 3


def test_check__seal_given_twice__refused() -> None:
    with pytest.raises(DuplicateVote):
        BLOCK.seal([*KEYS[:3], KEYS[0]]).check(BLOCK.anchor)


def test_check__seal_given_twice_in_two_spellings__refused() -> None:
    digest = BLOCK.header().sealed_hash()
    seals = [sign(key, digest) for key in KEYS[:3]]
    upper = _ORDER - int.from_bytes(seals[0][32:64], "big")
    respelled = seals[0][:32] + upper.to_bytes(32, "big") + bytes([1 - seals[0][64]])
    assert committers(Header.decode(BLOCK.sealed_with([respelled]).header)) == (KEYS[0].address,)
    with pytest.raises(DuplicateVote):
        BLOCK.sealed_with([*seals, respelled]).check(BLOCK.anchor)


def test_check__foreign_seal_beside_enough__refused() -> None:
    with pytest.raises(UnknownValidator):
        BLOCK.seal([*KEYS[:4], KEYS[5]]).check(BLOCK.anchor)


@pytest.mark.parametrize("bad", [bytes(65), b"\xff" * 64 + b"\0", b"\1" * 64 + b"\4"])
def test_check__seal_that_is_no_signature__refused(bad: bytes) -> None:
    digest = BLOCK.header().sealed_hash()
    with pytest.raises(SealInvalid):
        BLOCK.sealed_with([*(sign(key, digest) for key in KEYS[:3]), bad]).check(BLOCK.anchor)


def test_check__seals_of_an_earlier_round__refused() -> None:
    digest = BLOCK.header().sealed_hash()
    later = replace(BLOCK, round=1)
    with pytest.raises(UnknownValidator):
        later.sealed_with([sign(key, digest) for key in KEYS[:4]]).check(BLOCK.anchor)


def test_check__seals_over_the_name_of_the_block__refused() -> None:
    block = replace(BLOCK, round=2)
    name = block.header().block_hash()
    with pytest.raises(UnknownValidator):
        block.sealed_with([sign(key, name) for key in KEYS[:4]]).check(block.anchor)


def test_check__header_lists_others_than_trusted__refused() -> None:
    others = replace(BLOCK, validators=KEYS[:3])
    with pytest.raises(ValidatorsMismatch):
        others.seal(KEYS[:3]).check(BLOCK.anchor)


def test_check__set_changes_at_a_height__each_set_seals_its_own_blocks() -> None:
    sets = (ValidatorSet(0, addresses(KEYS[:4])), ValidatorSet(10, addresses(KEYS[3:7])))
    anchor = QbftAnchor(sets)
    for number, keys in ((9, KEYS[:4]), (10, KEYS[3:7]), (99, KEYS[3:7])):
        block = replace(BLOCK, number=number, validators=keys)
        assert block.seal(keys[:3]).check(anchor).validators == addresses(keys)
    with pytest.raises(UnknownValidator):
        replace(BLOCK, number=10, listed=False).seal(KEYS[:3]).check(anchor)


def test_check__before_the_first_set__refused() -> None:
    anchor = QbftAnchor((ValidatorSet(8, addresses(KEYS[:4])),))
    with pytest.raises(ValidatorsUnknownThen):
        BLOCK.seal(KEYS[:4]).check(anchor)


def test_check__anchor_of_another_engine__refused() -> None:
    class Other:
        kind = "cometbft"

        def to_json(self) -> dict[str, Any]:
            return {}

    with pytest.raises(KindMismatch):
        BLOCK.seal(KEYS[:4]).check(Other())


def test_check__genesis__refused_for_it_has_no_seals() -> None:
    with pytest.raises(PowerTooLow):
        replace(BLOCK, number=0).seal([]).check(BLOCK.anchor)


@pytest.mark.parametrize("position", [3, 8, 11, 12])
def test_header__list_in_place_of_a_field__refused(position: int) -> None:
    fields: list[Any] = list(rlp.decode(BLOCK.seal(KEYS[:3]).header))
    fields[position] = [fields[position]]
    with pytest.raises(HeaderMalformed):
        Header.decode(rlp.encode(fields))


@pytest.mark.parametrize(("position", "value"), [(3, b"\7" * 31), (8, b"\0\7"), (11, b"\1" * 9)])
def test_header__field_of_another_form__refused(position: int, value: bytes) -> None:
    fields: list[Any] = list(rlp.decode(BLOCK.seal(KEYS[:3]).header))
    fields[position] = value
    with pytest.raises(HeaderMalformed):
        Header.decode(rlp.encode(fields))


def test_anchor_and_finality__as_json__read_back() -> None:
    anchor = QbftAnchor(
        (ValidatorSet(0, addresses(KEYS[:4])), ValidatorSet(5, addresses(KEYS[2:3])))
    )
    assert QbftAnchor.read(Field("anchor", anchor.to_json())) == anchor
    finality = BLOCK.seal(KEYS[:3])
    assert QbftFinality.read(Field("finality", finality.to_json())) == finality


@pytest.mark.parametrize(
    "sets",
    [
        (),
        ((0, ()),),
        ((0, addresses(KEYS[:2])[::-1]),),
        ((0, (KEYS[0].address, KEYS[0].address)),),
        ((5, addresses(KEYS[:1])), (5, addresses(KEYS[1:2]))),
        ((5, addresses(KEYS[:1])), (4, addresses(KEYS[1:2]))),
    ],
)
def test_anchor__sets_no_chain_has__refused(sets: Any) -> None:
    with pytest.raises(ValidatorsMalformed):
        QbftAnchor(tuple(ValidatorSet(start, validators) for start, validators in sets))
