"""State proofs of Cosmos-SDK engines: a storage word → root of store ``evm`` → app hash.

ICS-23 (https://github.com/cosmos/ics23) lets a proof name its own hash functions and paddings, so
a proof is worth nothing unless each of its operations is held to the specification of the tree
that it claims to come from. Here there are two trees: an IAVL tree in the store, CometBFT's simple
Merkle tree over the stores. Every operation must be spelled as that tree's own nodes are, which is
narrower than ICS-23's length limits: a prefix is a node's header and nothing else, so no part of a
path can pass for something that it isn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ledger.canonical import Field
from ledger.evidence import protobuf
from ledger.evidence.merkle import sha256
from ledger.evidence.protobuf import NotCanonicalProtobuf
from ledger.evidence.refusals import ProofMalformed, ProofOfOther, RootMismatch, WordsMissing
from ledger.hexadecimal import hexed
from ledger.ids import Address

STORE = b"evm"
WORD_KEY = b"\2"
"""In the store, ``0x02 ‖ address ‖ slot`` is the key of a contract's storage word."""

_SHA256 = _VAR_PROTO = 1
_WORD = 32
_CHILD = b"\x20"
"""IAVL writes a child's hash behind its length."""
_SIMPLE_LEAF, _SIMPLE_INNER = b"\0", b"\1"
_MOST_STEPS = 128


@dataclass(frozen=True, slots=True)
class Step:
    """What stands around a node's hash in the node above it."""

    prefix: bytes
    suffix: bytes


@dataclass(frozen=True, slots=True)
class Existence:
    """An ICS-23 existence proof, but for its operations, which both trees have alike: SHA-256 of
    leaves and inner nodes; in a leaf, key and hashed value behind their lengths."""

    key: bytes
    value: bytes
    leaf_prefix: bytes
    path: tuple[Step, ...]

    @classmethod
    def read(cls, part: str, source: bytes) -> Self:
        """From a ``CommitmentProof`` in canonical protobuf; ProofMalformed.

        Whatever isn't spelled with exactly the operations above is no such proof.
        """
        try:
            found = cls._parse(source)
        except ValueError:  # NotCanonicalProtobuf, or not exactly one of what there is one of
            found = None
        if found is None or found.encode() != source:
            raise ProofMalformed(part, "isn't an ICS-23 existence proof with SHA-256 throughout")
        return found

    @classmethod
    def _parse(cls, source: bytes) -> Self:
        (exist,) = _messages(source, 1)
        fields = dict(protobuf.read_fields(exist))
        (leaf,) = _messages(exist, 3)
        steps = (dict(protobuf.read_fields(step)) for step in _messages(exist, 4))
        return cls(
            key=_content(fields, 1),
            value=_content(fields, 2),
            leaf_prefix=_content(dict(protobuf.read_fields(leaf)), 5),
            path=tuple(Step(_content(step, 2), _content(step, 3)) for step in steps),
        )

    def encode(self) -> bytes:
        """The ``CommitmentProof`` as the engine spells it."""
        leaf = protobuf.uint(1, _SHA256) + protobuf.uint(3, _SHA256) + protobuf.uint(4, _VAR_PROTO)
        exist = protobuf.data(1, self.key) + protobuf.data(2, self.value)
        exist += protobuf.message(3, leaf + protobuf.data(5, self.leaf_prefix))
        for step in self.path:
            around = protobuf.data(2, step.prefix) + protobuf.data(3, step.suffix)
            exist += protobuf.message(4, protobuf.uint(1, _SHA256) + around)
        return protobuf.message(1, exist)

    def root(self) -> bytes:
        key, value = protobuf.delimited(self.key), protobuf.delimited(sha256(self.value))
        node = sha256(self.leaf_prefix + key + value)
        for step in self.path:
            node = sha256(step.prefix + node + step.suffix)
        return node


@dataclass(frozen=True, slots=True)
class Ics23Proof:
    """``words`` prove one storage word each in the store, ``store`` the store's root in the app
    hash. All are ``CommitmentProof`` messages, byte for byte as the engine gave them."""

    kind: ClassVar[str] = "ics23"

    proofs: tuple[bytes, ...]
    store: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "words": [hexed(proof) for proof in self.proofs],
            "store": hexed(self.store),
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        _, words, store = source.members("kind", "words", "store")
        return cls(tuple(word.data() for word in words.items()), store.data())

    def words(self, contract: Address, slots: Sequence[int], root: bytes) -> list[bytes]:
        """As ``StateProof.words``; ``root`` is the app hash."""
        if len(self.proofs) != len(slots):
            raise WordsMissing(len(self.proofs), len(slots))
        store = _proven("the store", self.store, STORE, root, _require_simple)
        return [
            self._word(f"slot {place}", proof, word_key(contract, slot), store)
            for place, (slot, proof) in enumerate(zip(slots, self.proofs, strict=True))
        ]

    @staticmethod
    def _word(part: str, proof: bytes, key: bytes, store: bytes) -> bytes:
        word = _proven(part, proof, key, store, _require_iavl)
        if len(word) != _WORD:
            raise ProofMalformed(part, f"is of {len(word)} bytes, where a word has {_WORD}")
        return word


def word_key(contract: Address, slot: int) -> bytes:
    return WORD_KEY + bytes.fromhex(contract[2:]) + slot.to_bytes(_WORD, "big")


def _proven(
    part: str, proof: bytes, key: bytes, root: bytes, require: Callable[[str, Existence], None]
) -> bytes:
    """The value at a key under a root, in the tree whose form is required."""
    existence = Existence.read(part, proof)
    if existence.key != key:
        raise ProofOfOther(part, hexed(existence.key), hexed(key))
    require(part, existence)
    computed = existence.root()
    if computed != root:
        raise RootMismatch(part, hexed(computed), hexed(root))
    return existence.value


def _require_simple(part: str, proof: Existence) -> None:
    """Leaves begin with 0, inner nodes with 1, and a hash has 32 bytes."""
    if proof.leaf_prefix != _SIMPLE_LEAF:
        raise ProofMalformed(part, "has a leaf of another form")
    _require_depth(part, proof)
    for step in proof.path:
        left = step.prefix.removeprefix(_SIMPLE_INNER)
        sides = (len(left), len(step.suffix))
        if not step.prefix.startswith(_SIMPLE_INNER) or sides not in ((0, _WORD), (_WORD, 0)):
            raise ProofMalformed(part, "has an inner node of another form")


def _require_iavl(part: str, proof: Existence) -> None:
    """A leaf's header is height 0, size 1 and a version; each node above is higher and larger."""
    try:
        headers = list(_iavl_headers(proof))
    except NotCanonicalProtobuf:
        raise ProofMalformed(part, "has a node without height, size and version") from None
    (height, size, rest), *nodes = headers
    if (height, size, rest) != (0, 1, b""):
        raise ProofMalformed(part, "has a leaf of another form")
    _require_depth(part, proof)
    for (higher, larger, rest), step in zip(nodes, proof.path, strict=True):
        if higher <= height or larger <= size:
            raise ProofMalformed(part, "has an inner node that isn't above the one before it")
        if not _is_iavl_side(rest, step.suffix):
            raise ProofMalformed(part, "has an inner node of another form")
        height, size = higher, larger


def _iavl_headers(proof: Existence) -> Iterator[tuple[int, int, bytes]]:
    """Height and size of each node from the leaf up, and what follows on its version."""
    for prefix in (proof.leaf_prefix, *(step.prefix for step in proof.path)):
        numbers, at = [], 0
        for _ in ("height", "size", "version"):
            number, at = protobuf.read_varint(prefix, at)
            numbers.append(protobuf.zigzag(number))
        if min(numbers) < 0:
            raise NotCanonicalProtobuf("a negative number")
        yield numbers[0], numbers[1], prefix[at:]


def _is_iavl_side(rest: bytes, suffix: bytes) -> bool:
    """Whether our child is the left one, its sibling in the suffix, or the right one, its sibling
    before it."""
    sibling = suffix if rest == _CHILD else rest.removesuffix(_CHILD)
    one_side = rest == _CHILD or (rest.endswith(_CHILD) and not suffix)
    return one_side and len(sibling) == len(_CHILD) + _WORD and sibling.startswith(_CHILD)


def _require_depth(part: str, proof: Existence) -> None:
    if len(proof.path) > _MOST_STEPS:
        raise ProofMalformed(part, f"has more than {_MOST_STEPS} steps")


def _messages(source: bytes, field: int) -> list[bytes]:
    """Embedded messages of a field."""
    return [bytes(value) for number, value in _fields(source) if number == field]


def _fields(source: bytes) -> Iterator[tuple[int, bytes]]:
    for number, value in protobuf.read_fields(source):
        if isinstance(value, bytes):
            yield number, value


def _content(fields: dict[int, protobuf.Value], field: int) -> bytes:
    value = fields.get(field, b"")
    if not isinstance(value, bytes):
        raise NotCanonicalProtobuf("a number where bytes must be")
    return value
