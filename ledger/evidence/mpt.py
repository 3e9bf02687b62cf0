"""State proofs by Merkle-Patricia tries: Ethereum's own, as ``eth_getProof`` gives them (EIP-1186).

The ``trie`` package would walk them too, but from a heap of nodes in which one that no path
touches goes unnoticed. Here the nodes are the path, in its order, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from eth_utils.address import to_canonical_address

from ledger.canonical import Field
from ledger.evidence.refusals import ProofMalformed, ProofRefused, RootMismatch, WordsMissing
from ledger.evidence.rlp_items import Item, NotRlp, read_list, read_number, read_rlp, read_strings
from ledger.hexadecimal import hexed
from ledger.ids import Address
from ledger.keccak import keccak

EMPTY_TRIE = keccak(b"\x80")
_NOTHING = ((), (b"\x80",))
"""How engines spell the path through an empty trie."""

_BRANCH, _SHORT = 17, 2
_ODD, _LEAF = 1, 2
_HASH, _WORD = 32, 32
_ACCOUNT, _STORAGE_ROOT = 4, 2
"""An account is nonce, balance, storage root and hash of the code."""
# A node within a node is shorter than a hash, so it can't go deeper than its length.
_MOST_DEPTH = 32

Nodes = tuple[bytes, ...]


@dataclass
class NothingThere(ProofRefused):
    """The trie is shown to have nothing where something is needed."""

    part: str
    summary: ClassVar[str] = "The state is proven to have no {part}."


@dataclass(frozen=True, slots=True)
class MptProof:
    """Paths from a state root to one account, and from its storage root to some of its slots."""

    kind: ClassVar[str] = "mpt"

    account: Nodes
    storage: tuple[Nodes, ...]
    """One path for each slot, in the slots' order."""

    def words(self, contract: Address, slots: Sequence[int], root: bytes) -> list[bytes]:
        if len(slots) != len(self.storage):
            raise WordsMissing(len(self.storage), len(slots))
        storage_root = self._storage_root(contract, root)
        return [
            storage_word(storage_root, slot, nodes)
            for slot, nodes in zip(slots, self.storage, strict=True)
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "account": _hexed(self.account),
            "storage": [_hexed(path) for path in self.storage],
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        _, account, storage = source.members("kind", "account", "storage")
        return cls(_nodes(account), tuple(_nodes(path) for path in storage.items()))

    def _storage_root(self, contract: Address, root: bytes) -> bytes:
        part = f"account {contract}"
        value = look_up(root, keccak(to_canonical_address(contract)), self.account, part)
        if value is None:
            raise NothingThere(part)
        try:
            fields = read_strings(value)
        except NotRlp as error:
            raise ProofMalformed(part, str(error)) from error
        if len(fields) != _ACCOUNT or len(fields[_STORAGE_ROOT]) != _HASH:
            raise ProofMalformed(part, "leads to something that is no account")
        return fields[_STORAGE_ROOT]


def storage_word(storage_root: bytes, slot: int, nodes: Nodes) -> bytes:
    """A slot's 32-byte word; ProofRefused, also when it is proven to be zero."""
    part = f"slot 0x{slot:x}"
    value = look_up(storage_root, keccak(slot.to_bytes(_WORD, "big")), nodes, part)
    if value is None:
        raise NothingThere(part)
    try:
        return read_number(read_rlp(value, 0), _WORD).to_bytes(_WORD, "big")
    except NotRlp as error:
        raise ProofMalformed(part, str(error)) from error


def look_up(root: bytes, key: bytes, nodes: Nodes, part: str) -> bytes | None:
    """What a trie has under a key, None if it is shown to have nothing.

    Raises ``RootMismatch`` where a node isn't the one that its parent names, and
    ``ProofMalformed`` where the nodes aren't exactly those on the key's path.
    """
    if root == EMPTY_TRIE and nodes in _NOTHING:
        return None
    rest = iter(nodes)
    value = _descend(root, _nibbles(key), rest, part)
    if next(rest, None) is not None:
        raise ProofMalformed(part, "has nodes beyond its path's end")
    return value


def _descend(
    reference: Item, path: Sequence[int], rest: Iterator[bytes], part: str
) -> bytes | None:
    while reference != b"":
        node = _node(reference, rest, part)
        if len(node) == _BRANCH and path:
            reference, path = node[path[0]], path[1:]
            continue
        if len(node) != _SHORT:
            raise ProofMalformed(part, "has a node that no trie of such keys has")
        is_leaf, segment = _segment(node[0], part)
        if is_leaf:
            return _value(node[1], part) if segment == path else None
        if path[: len(segment)] != segment:
            return None
        reference, path = node[1], path[len(segment) :]
    return None


def _node(reference: Item, rest: Iterator[bytes], part: str) -> list[Item]:
    """The node that a parent names by hash or, when it is short, holds itself."""
    if isinstance(reference, list):
        return reference
    data = next(rest, None)
    if data is None:
        raise ProofMalformed(part, "ends before its path does")
    if keccak(data) != reference:
        raise RootMismatch(part, hexed(keccak(data)), hexed(reference))
    try:
        return read_list(data, _MOST_DEPTH)
    except NotRlp as error:
        raise ProofMalformed(part, f"has a node that {error}") from error


def _segment(encoded: Item, part: str) -> tuple[bool, list[int]]:
    """Whether a short node is a leaf, and its piece of the path (hex-prefix encoding)."""
    nibbles = _nibbles(encoded) if isinstance(encoded, bytes) else []
    if not nibbles or nibbles[0] > _ODD | _LEAF:
        raise ProofMalformed(part, "has a node with a malformed path")
    is_leaf, is_odd = bool(nibbles[0] & _LEAF), bool(nibbles[0] & _ODD)
    segment = nibbles[1 if is_odd else 2 :]
    if not (is_odd or nibbles[1] == 0) or not (is_leaf or segment):
        raise ProofMalformed(part, "has a node with a malformed path")
    return is_leaf, segment


def _value(item: Item, part: str) -> bytes:
    if not isinstance(item, bytes) or not item:
        raise ProofMalformed(part, "leads to a node that holds no value")
    return item


def _nibbles(data: bytes) -> list[int]:
    return [nibble for byte in data for nibble in (byte >> 4, byte & 15)]


def _hexed(nodes: Nodes) -> list[str]:
    return [hexed(node) for node in nodes]


def _nodes(source: Field) -> Nodes:
    return tuple(node.data() for node in source.items())
