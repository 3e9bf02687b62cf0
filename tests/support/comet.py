"""A CometBFT chain without a node: validators with keys of ours, headers, trees, proofs.

Written the plain way, apart from ``ledger.evidence`` but for the messages that are signed, which
real vectors hold to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.bundle import Bundle, DocumentSet
from ledger.evidence import Evidence
from ledger.evidence.cometbft import (
    BlockId,
    CometAnchor,
    CometFinality,
    Commit,
    Header,
    SignedHeader,
    TrustedSet,
    Validator,
    ValidatorSet,
    Vote,
)
from ledger.evidence.ics23 import Existence, Ics23Proof, Step, word_key
from ledger.ids import ClaimNo
from ledger.storage import ledger_slots
from ledger.trust import Trust
from tests.support.accounts import COUNCIL
from tests.support.synthetic import SyntheticLedger

CHAIN = "yuanliu-test"
TIME = 1_795_317_546_897_825_839
POWER = 1_000


def sha(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@dataclass(frozen=True)
class Signers:
    """Validators with their private keys, in the engine's order."""

    keys: dict[str, Ed25519PrivateKey]
    set: ValidatorSet

    @classmethod
    def of(cls, *powers: int, seed: int = 1) -> Signers:
        drawn = [Ed25519PrivateKey.from_private_bytes(bytes([seed, n] * 16)) for n in range(99)]
        given = [
            (Validator(key.public_key().public_bytes_raw(), power), key)
            for key, power in zip(drawn, powers, strict=False)
        ]
        found = ValidatorSet.of([validator for validator, _ in given])
        return cls({validator.address: key for validator, key in given}, found)

    def header(self, height: int, app_hash: bytes, following: Signers | None = None) -> Header:
        hashes = [sha(f"{height} {n}".encode()) for n in range(6)]
        return Header(
            block_version=11,
            app_version=0,
            chain_id=CHAIN,
            height=height,
            time=TIME + height * 500_000_000,
            last_block_id=BlockId(hashes[0], 1, hashes[1]),
            last_commit_hash=hashes[2],
            data_hash=hashes[3],
            validators_hash=self.set.hash,
            next_validators_hash=(following or self).set.hash,
            consensus_hash=hashes[4],
            app_hash=app_hash,
            last_results_hash=hashes[5],
            evidence_hash=sha(b""),
            proposer_address=bytes.fromhex(self.set.addresses[0]),
        )

    def sign(self, header: Header, voters: Iterable[int] | None = None) -> SignedHeader:
        """Signed by those who stand at these places in the set; by everyone, if None is named."""
        empty = SignedHeader(header, Commit(0, 1, sha(b"parts"), ()))
        who = range(len(self.set.validators)) if voters is None else voters
        votes = tuple(self.vote(empty, self.set.addresses[place]) for place in who)
        return replace(empty, commit=replace(empty.commit, votes=votes))

    def vote(self, signed: SignedHeader, address: str) -> Vote:
        vote = Vote(address, signed.header.time + 123_456_789, b"")
        return replace(vote, signature=self.keys[address].sign(signed.sign_bytes(vote)))


FOUR = Signers.of(POWER, POWER, POWER, POWER)


def anchor(*sets: tuple[int, Signers, SignedHeader | None]) -> CometAnchor:
    return CometAnchor(CHAIN, tuple(TrustedSet(start, who.set, link) for start, who, link in sets))


# ── trees ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Node:
    """A node of an IAVL tree: a leaf, or two of them joined."""

    hash: bytes
    height: int
    size: int
    leaves: tuple[tuple[bytes, bytes, tuple[Step, ...]], ...]
    """Key, value and path up to this node of every leaf below it."""


def zigzag(number: int) -> bytes:
    assert 0 <= number < 64
    return bytes([number * 2])


def iavl_leaf(key: bytes, value: bytes) -> Node:
    prefix = zigzag(0) + zigzag(1) + zigzag(7)
    hashed = sha(prefix + bytes([len(key)]) + key + b"\x20" + sha(value))
    return Node(hashed, 0, 1, ((key, value, ()),))


def iavl_join(left: Node, right: Node) -> Node:
    height, size = max(left.height, right.height) + 1, left.size + right.size
    header = zigzag(height) + zigzag(size) + zigzag(9)
    hashed = sha(header + b"\x20" + left.hash + b"\x20" + right.hash)
    of_left = Step(header + b"\x20", b"\x20" + right.hash)
    of_right = Step(header + b"\x20" + left.hash + b"\x20", b"")
    leaves = [(key, value, (*path, of_left)) for key, value, path in left.leaves]
    leaves += [(key, value, (*path, of_right)) for key, value, path in right.leaves]
    return Node(hashed, height, size, tuple(leaves))


def iavl_tree(values: dict[bytes, bytes]) -> Node:
    nodes = [iavl_leaf(key, value) for key, value in sorted(values.items())]
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        odd = nodes[-1:] if len(nodes) % 2 else []
        nodes = [iavl_join(left, right) for left, right in pairs] + odd
    return nodes[0]


def state_of(words: Sequence[tuple[bytes, bytes]]) -> tuple[Ics23Proof, bytes]:
    """Proofs of these keys' values, in their order, and the app hash that they lead to."""
    others = {bytes([2]) + sha(bytes([n])) * 2: sha(bytes([n, n])) for n in range(7)}
    tree = iavl_tree(others | dict(words))
    existing = {
        key: Existence(key, value, zigzag(0) + zigzag(1) + zigzag(7), path)
        for key, value, path in tree.leaves
    }
    bank = sha(b"the store of another module")
    evm = sha(b"\0" + b"\3evm" + b"\x20" + sha(tree.hash))
    store = Existence(b"evm", tree.hash, b"\0", (Step(b"\1" + bank, b""),))
    proof = Ics23Proof(tuple(existing[key].encode() for key, _ in words), store.encode())
    return proof, sha(b"\1" + bank + evm)


# ── bundles ──────────────────────────────────────────────────────────────────────────────────────


def ledger_state(bundle: Bundle) -> tuple[Ics23Proof, bytes]:
    """The proof that the bundle's heads and count are the ledger's, and the app hash."""
    heads = bundle.heads
    counters = (1 << 64 | bundle.count).to_bytes(32, "big")
    values = (heads.claim, heads.consortium, heads.all, counters)
    slots = ledger_slots(bundle.claim)
    keys = (word_key(bundle.deployment.ledger, slot) for slot in slots)
    return state_of(list(zip(keys, values, strict=True)))


def final_bundle(
    ledger: SyntheticLedger,
    claim: ClaimNo,
    documents: Sequence[DocumentSet] = (),
    signers: Signers = FOUR,
    height: int = 100,
) -> Bundle:
    """The ledger's bundle with the evidence of a chain of these validators."""
    bundle = ledger.bundle(claim, documents)
    proof, app_hash = ledger_state(bundle)
    signed = signers.sign(signers.header(height, app_hash))
    return replace(bundle, evidence=Evidence(proof, CometFinality(signed)))


def final_trust(ledger: SyntheticLedger, anchored: CometAnchor | None = None) -> Trust:
    founders = frozenset(key.address for key in COUNCIL)
    return Trust(ledger.deployment, founders, 2, anchored or anchor((1, FOUR, None)))
