"""Commitments open to one document only, and hide it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import commitments
from ledger.commitments import EMPTY_ROOT, commit, new_salt, opens, root, verify_opening
from ledger.keccak import keccak

salts = st.binary(min_size=32, max_size=32).filter(any)
hashes = st.binary(min_size=32, max_size=32)


@given(salts, st.binary(max_size=200))
def test_opens__what_was_committed__true(salt: bytes, document: bytes) -> None:
    verify_opening(commit(salt, document), salt, document)


@given(salts, salts, st.binary(max_size=64), st.binary(max_size=64))
def test_opens__other_salt_or_document__false(
    salt: bytes, other_salt: bytes, document: bytes, other: bytes
) -> None:
    same = (salt, document) == (other_salt, other)
    assert opens(commit(salt, document), other_salt, other) == same


def test_verify_opening__wrong_document__named_refusal() -> None:
    salt = new_salt()
    with pytest.raises(commitments.CommitmentMismatch):
        verify_opening(commit(salt, b"contract"), salt, b"Contract")


def test_commit__known_input__pre_image_is_tag_salt_document() -> None:
    salt = bytes(range(32))
    tag = keccak(b"yuanliu.document.commitment.v1")
    assert commit(salt, b"contract") == keccak(tag + salt + b"contract")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_commit__salt_of_another_length__refused(length: int) -> None:
    with pytest.raises(commitments.WrongHashLength):
        commit(b"\x01" * length, b"contract")


def test_commit__salt_of_zeros__refused() -> None:
    with pytest.raises(commitments.WeakSalt):
        commit(bytes(32), b"contract")


def test_new_salt__drawn_twice__differs() -> None:
    assert new_salt() != new_salt()


def test_root__no_document__zero_bytes() -> None:
    assert root([]) == EMPTY_ROOT == bytes(32)


def test_root__one_document__is_not_its_commitment() -> None:
    only = commit(new_salt(), b"contract")
    assert root([only]) != only


def test_root__two_documents__node_over_sorted_leaves() -> None:
    first, second = b"\x01" * 32, b"\x02" * 32
    leaf, node = (keccak(f"yuanliu.document.{kind}.v1".encode()) for kind in ("leaf", "node"))
    left, right = sorted([keccak(leaf + first), keccak(leaf + second)])
    assert root([second, first]) == keccak(node + left + right)


@given(st.lists(hashes, unique=True, max_size=9), st.randoms())
def test_root__shuffled__same(documents: list[bytes], random: object) -> None:
    shuffled = list(documents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert root(shuffled) == root(documents)


@given(st.sets(hashes, max_size=6), st.sets(hashes, max_size=6))
def test_root__different_documents__differs(one: set[bytes], other: set[bytes]) -> None:
    assert (root(list(one)) == root(list(other))) == (one == other)


def test_root__same_document_twice__refused() -> None:
    with pytest.raises(commitments.DuplicateCommitment):
        root([b"\x01" * 32, b"\x01" * 32])
