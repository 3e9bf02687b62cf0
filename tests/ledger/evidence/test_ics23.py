"""State proofs of Cosmos-SDK trees: real ones, changed in every byte, and forged from scratch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import Field
from ledger.evidence import protobuf
from ledger.evidence.ics23 import Existence, Ics23Proof, Step, word_key
from ledger.evidence.refusals import (
    ProofMalformed,
    ProofOfOther,
    ProofRefused,
    RootMismatch,
    WordsMissing,
)
from ledger.ids import Address, ClaimNo
from ledger.storage import LedgerWords, ledger_slots
from tests.support.comet import iavl_join, iavl_leaf, sha, state_of

RECORDED = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cometbft" / "evidence.json").read_text()
)
MOMENT = RECORDED["moments"][0]
LEDGER = Address(RECORDED["ledger"])
SLOTS = ledger_slots(ClaimNo(MOMENT["claim"]))
ROOT = bytes.fromhex(MOMENT["finality"]["header"]["app_hash"][2:])
ANOTHER = Address("0x" + 40 * "1")


def proof_of(moment: dict[str, Any]) -> Ics23Proof:
    return Ics23Proof.read(Field("proof", moment["proof"]))


REAL = proof_of(MOMENT)


def prove(proof: Ics23Proof) -> list[bytes]:
    return proof.words(LEDGER, SLOTS, ROOT)


@pytest.mark.parametrize("moment", RECORDED["moments"], ids=lambda moment: moment["name"])
def test_words__recorded_from_a_real_network__heads_and_count(moment: dict[str, Any]) -> None:
    root = bytes.fromhex(moment["finality"]["header"]["app_hash"][2:])
    found = LedgerWords.read(proof_of(moment).words(LEDGER, SLOTS, root))
    heads = {"claim": found.claim, "consortium": found.consortium, "all": found.all}
    assert {name: f"0x{head.hex()}" for name, head in heads.items()} == moment["heads"]
    assert found.count == moment["entries"]
    assert proof_of(moment).to_json() == moment["proof"]


def test_words__any_bit_of_a_real_proof_flipped__refused() -> None:
    for slot, proof in zip(SLOTS, REAL.proofs, strict=True):
        for spoiled in flipped(proof):
            with pytest.raises(ProofRefused):
                Ics23Proof((spoiled,), REAL.store).words(LEDGER, (slot,), ROOT)
    for spoiled in flipped(REAL.store):
        with pytest.raises(ProofRefused):
            Ics23Proof((REAL.proofs[0],), spoiled).words(LEDGER, SLOTS[:1], ROOT)


def flipped(data: bytes) -> list[bytes]:
    return [
        data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
        for at in range(len(data))
        for bit in range(8)
    ]


@given(st.data())
def test_words__real_proof_cut_or_added_to__refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 3))
    proof = REAL.proofs[place]
    cut = proof[: data.draw(st.integers(0, len(proof) - 1))]
    longer = proof + data.draw(st.binary(min_size=1, max_size=40))
    for spoiled in (cut, longer):
        given = (*REAL.proofs[:place], spoiled, *REAL.proofs[place + 1 :])
        with pytest.raises(ProofRefused):
            prove(replace(REAL, proofs=given))


@pytest.mark.parametrize(
    ("contract", "slots"),
    [
        (ANOTHER, SLOTS),
        (LEDGER, ledger_slots(ClaimNo(2))),
        (LEDGER, SLOTS[::-1]),
        (LEDGER, (*SLOTS[:3], 5)),
    ],
)
def test_words__of_another_contract_claim_or_slot__proof_of_other(
    contract: Address, slots: tuple[int, ...]
) -> None:
    with pytest.raises(ProofOfOther):
        REAL.words(contract, slots, ROOT)


def test_words__another_root__root_mismatch() -> None:
    with pytest.raises(RootMismatch):
        REAL.words(LEDGER, SLOTS, sha(ROOT))


@pytest.mark.parametrize("count", [0, 3, 5])
def test_words__more_or_fewer_than_wanted__missing(count: int) -> None:
    with pytest.raises(WordsMissing):
        prove(replace(REAL, proofs=(REAL.proofs * 2)[:count]))


def test_words__word_proven_in_another_store__refused() -> None:
    """The same key and value under a store that isn't the EVM's."""
    store = Existence.read("store", REAL.store)
    with pytest.raises(ProofOfOther):
        prove(replace(REAL, store=replace(store, key=b"evn").encode()))


def test_words__store_root_given_as_a_word_of_its_own__refused() -> None:
    """A simple tree's nodes aren't an IAVL tree's, nor the other way round."""
    with pytest.raises(ProofRefused):
        prove(replace(REAL, proofs=(REAL.store, *REAL.proofs[1:])))
    with pytest.raises(ProofRefused):
        prove(replace(REAL, store=REAL.proofs[0]))


# ── forged from scratch: right roots, wrong trees ────────────────────────────────────────────────

KEY, WORD = word_key(LEDGER, SLOTS[0]), sha(b"a head")
LEAF = b"\x00\x02\x0e"
INNER = b"\x02\x04\x12"
SIBLING = b"\x20" + sha(b"a sibling")


def forged(existence: Existence, store_path: tuple[Step, ...] = ()) -> Callable[[], list[bytes]]:
    """Asks for the word of a proof whose every hash is right, up to an app hash of its own."""
    store = Existence(b"evm", existence.root(), b"\0", store_path)
    proof = Ics23Proof((existence.encode(),), store.encode())
    return lambda: proof.words(LEDGER, SLOTS[:1], store.root())


def word(leaf: bytes = LEAF, *path: Step, value: bytes = WORD) -> Existence:
    return Existence(KEY, value, leaf, path)


def test_words__tree_of_our_own_as_iavl_builds_it__proven() -> None:
    assert forged(word(LEAF, Step(INNER + b"\x20", SIBLING)))() == [WORD]
    assert forged(word(LEAF, Step(INNER + SIBLING + b"\x20", b"")))() == [WORD]
    assert forged(word(), (Step(b"\1", sha(b"")), Step(b"\1" + sha(b""), b"")))() == [WORD]


STEPS = {
    "no header": Step(b"", SIBLING),
    "a leaf's header": Step(LEAF + b"\x20", SIBLING),
    "a negative height": Step(b"\x01\x04\x12\x20", SIBLING),
    "a negative size": Step(b"\x02\x03\x12\x20", SIBLING),
    "a negative version": Step(b"\x02\x04\x11\x20", SIBLING),
    "a size no larger than the child's": Step(b"\x02\x02\x12\x20", SIBLING),
    "a number spelled too long": Step(b"\x82\x00\x04\x12\x20", SIBLING),
    "an endless number": Step(b"\xff" * 11, SIBLING),
    "no length of the child": Step(INNER, SIBLING),
    "another length of the child": Step(INNER + b"\x21", SIBLING),
    "both siblings": Step(INNER + SIBLING + b"\x20", SIBLING),
    "no sibling": Step(INNER + b"\x20", b""),
    "a short sibling": Step(INNER + b"\x20", SIBLING[:-1]),
    "a long sibling": Step(INNER + b"\x20", SIBLING + b"\0"),
    "two siblings": Step(INNER + b"\x20", SIBLING * 2),
    "a sibling without length": Step(INNER + b"\x20", b"\x21" + SIBLING[1:]),
    "more in the header": Step(INNER + b"\x02" + SIBLING + b"\x20", b""),
    "a longer left sibling": Step(INNER + SIBLING + b"\x01\x20", b""),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_words__inner_node_that_iavl_never_makes__malformed(step: Step) -> None:
    with pytest.raises(ProofMalformed):
        forged(word(LEAF, step))()


def test_words__node_no_higher_than_its_child__malformed() -> None:
    step = Step(INNER + b"\x20", SIBLING)
    with pytest.raises(ProofMalformed):
        forged(word(LEAF, step, step))()


@pytest.mark.parametrize(
    "leaf",
    [b"", b"\0", b"\x00\x02", b"\x02\x02\x0e", b"\x00\x04\x0e", LEAF + b"\0", LEAF + SIBLING],
)
def test_words__leaf_that_iavl_never_makes__malformed(leaf: bytes) -> None:
    with pytest.raises(ProofMalformed):
        forged(word(leaf))()


def test_words__inner_node_shown_as_leaf__malformed() -> None:
    """Its header, and a left sibling chosen to begin like our key, hash to a node of the tree."""
    left, right = iavl_leaf(KEY, WORD), iavl_leaf(KEY + b"\1", sha(b"x"))
    node = iavl_join(left, right)
    with pytest.raises(ProofMalformed):
        forged(replace(word(INNER + b"\x20"), key=KEY, path=()))()
    assert node.height == 1


@pytest.mark.parametrize(
    "step",
    [
        Step(b"", sha(b"")),
        Step(b"\0", sha(b"")),
        Step(b"\1", b""),
        Step(b"\1", sha(b"")[:-1]),
        Step(b"\1", sha(b"") + b"\0"),
        Step(b"\1" + sha(b""), sha(b"")),
        Step(b"\1" + sha(b"")[1:], b""),
        Step(b"\1\1" + sha(b""), b""),
    ],
)
def test_words__inner_node_that_the_simple_tree_never_makes__malformed(step: Step) -> None:
    with pytest.raises(ProofMalformed):
        forged(word(), (step,))()


def test_words__store_with_another_leaf__malformed() -> None:
    store = Existence(b"evm", word().root(), b"\0\0", ())
    proof = Ics23Proof((word().encode(),), store.encode())
    with pytest.raises(ProofMalformed):
        proof.words(LEDGER, SLOTS[:1], store.root())


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_words__value_that_is_no_word__malformed(length: int) -> None:
    with pytest.raises(ProofMalformed):
        forged(word(value=bytes(length)))()


def test_words__path_without_end__malformed() -> None:
    steps = (Step(b"\1", sha(b"")),) * 200
    with pytest.raises(ProofMalformed):
        forged(word(), steps)()


# ── operations ───────────────────────────────────────────────────────────────────────────────────


def leaf_op(hash_: int = 1, prehash_key: int = 0, prehash_value: int = 1, length: int = 1) -> bytes:
    numbers = (hash_, prehash_key, prehash_value, length)
    op = b"".join(protobuf.uint(field, number) for field, number in enumerate(numbers, 1))
    return op + protobuf.data(5, LEAF)


def commitment(leaf: bytes, *steps: bytes, field: int = 1) -> bytes:
    exist = protobuf.data(1, KEY) + protobuf.data(2, WORD) + protobuf.message(3, leaf)
    exist += b"".join(protobuf.message(4, step) for step in steps)
    return protobuf.message(field, exist)


def test_read__operations_of_the_specification__read() -> None:
    step = protobuf.uint(1, 1) + protobuf.data(2, INNER + b"\x20") + protobuf.data(3, SIBLING)
    assert Existence.read("word", commitment(leaf_op(), step)).path == (
        Step(INNER + b"\x20", SIBLING),
    )


@pytest.mark.parametrize(
    "source",
    [
        commitment(leaf_op(hash_=0)),
        commitment(leaf_op(hash_=2)),
        commitment(leaf_op(prehash_key=1)),
        commitment(leaf_op(prehash_value=0)),
        commitment(leaf_op(prehash_value=2)),
        commitment(leaf_op(length=0)),
        commitment(leaf_op(length=5)),
        commitment(leaf_op(), protobuf.uint(1, 2) + protobuf.data(2, INNER)),
        commitment(leaf_op(), protobuf.data(2, INNER)),
        commitment(leaf_op(), protobuf.uint(1, 1) + protobuf.uint(2, 7)),
        commitment(leaf_op(), protobuf.uint(1, 1) + protobuf.data(2, INNER) + protobuf.uint(4, 1)),
        commitment(leaf_op(), field=2),
        commitment(leaf_op(), field=3),
        commitment(leaf_op()) + commitment(leaf_op()),
        commitment(leaf_op()) + protobuf.uint(9, 9),
        commitment(leaf_op() + protobuf.uint(6, 1)),
        protobuf.message(1, protobuf.data(1, KEY)),
        b"",
        b"\x0a",
        b"\x0a\xff",
        b"\x0d\0\0\0\0",
        protobuf.uint(1, 5),
    ],
    ids=range(22),
)
def test_read__any_other_operation_or_field__malformed(source: bytes) -> None:
    with pytest.raises(ProofMalformed):
        Existence.read("word", source)


@given(st.binary(max_size=300))
def test_read__any_bytes__malformed_and_no_fault(source: bytes) -> None:
    with pytest.raises(ProofMalformed):
        Existence.read("word", source)


@given(st.dictionaries(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)))
def test_words__any_tree__each_of_its_words_proven(values: dict[bytes, bytes]) -> None:
    slots = tuple(int.from_bytes(slot, "big") for slot in values)
    keyed = [
        (word_key(LEDGER, slot), value) for slot, value in zip(slots, values.values(), strict=True)
    ]
    proof, root = state_of(keyed)
    assert proof.words(LEDGER, slots, root) == list(values.values())
