"""The ledger contract's own word at one block, and what proves it, by engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chain.client import Block
from chain.cometbft import Comet, NotProven
from chain.engine import Engine
from chain.profile import ProofKind
from chain.qbft_proofs import sealed_header, state_proof
from chain.rpc import BadAnswer, RpcError
from ledger.bundle import Heads
from ledger.evidence import Evidence
from ledger.evidence.cometbft import CometFinality, SignedHeader
from ledger.evidence.ics23 import STORE, Ics23Proof, word_key
from ledger.evidence.refusals import EvidenceRefused
from ledger.ids import Address, ClaimNo
from ledger.storage import LedgerWords, ledger_slots

_COMMIT_SECONDS, _POLL = 10.0, 0.05


class StateUnavailable(Exception):
    """The engine doesn't have, or wouldn't tell, the state of a block."""


class NoSuchProof(Exception):
    """This engine's kind of proof can't be collected."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Heads, and the number of entries of all books, as of ``block``; ``evidence`` is None where
    the engine has no consensus. Unverified."""

    block: Block
    count: int
    heads: Heads
    evidence: Evidence | None = None


def read_state(engine: Engine, ledger: Address, claim: ClaimNo) -> LedgerState:
    """The ledger's state at the newest block that is final and, where the engine can, proven.

    Raises StateUnavailable, NoSuchProof and the engine's faults.
    """
    read = _READERS.get(engine.profile.proof)
    if read is None:
        raise NoSuchProof(f"bundles with {engine.profile.proof} proofs are not made yet")
    block = engine.client.block(engine.profile.finality)
    if block is None:
        raise StateUnavailable(f"the engine has no {engine.profile.finality} block")
    return read(engine, ledger, claim, block)


def comet_of(engine: Engine) -> Comet:
    """Who proves the state and tells the validators; raises NoSuchProof where nobody does."""
    if engine.profile.proof != "ics23":
        raise NoSuchProof(f"engine {engine.profile.name!r} has no CometBFT to ask")
    if engine.comet is None:
        raise NoSuchProof("no address of CometBFT's RPC is known: YUANLIU_COMET_URL names it")
    return engine.comet


def _told(engine: Engine, ledger: Address, claim: ClaimNo, block: Block) -> LedgerState:
    words = [_word(engine, ledger, slot, block) for slot in ledger_slots(claim)]
    return _state(block, words, None)


def _proven_by_ics23(engine: Engine, ledger: Address, claim: ClaimNo, block: Block) -> LedgerState:
    """The state after a block stands in the next one's header, so that has to be signed first."""
    comet = comet_of(engine)
    state_height = min(block.number, _awaited(comet, block.number + 2) - 1)
    signed = comet.checkable_header(state_height + 1)
    block = _block_below(engine, signed)
    slots = ledger_slots(claim)
    try:
        given = [
            comet.prove(STORE.decode(), word_key(ledger, slot), state_height) for slot in slots
        ]
    except NotProven as reason:
        raise StateUnavailable(str(reason)) from reason
    proof = Ics23Proof(tuple(word for word, _ in given), given[0][1])
    try:
        words = proof.words(ledger, slots, signed.header.app_hash)
    except EvidenceRefused as refusal:
        raise BadAnswer(f"a proof that proves nothing: {refusal}") from refusal
    return _state(block, words, Evidence(proof, CometFinality(signed)))


def _proven_by_mpt(engine: Engine, ledger: Address, claim: ClaimNo, block: Block) -> LedgerState:
    """The state after a block stands in that block's own header, and its seals with it."""
    slots = ledger_slots(claim)
    finality = sealed_header(engine.rpc, block.number)
    proof = state_proof(engine.rpc, ledger, slots, block.number)
    try:
        words = proof.words(ledger, slots, finality.state_root())
    except EvidenceRefused as refusal:
        raise BadAnswer(f"a proof that proves nothing: {refusal}") from refusal
    return _state(block, words, Evidence(proof, finality))


def _awaited(comet: Comet, height: int) -> int:
    """The newest height, once it is this one: by then the block below has every vote that came in
    time. On a chain that stands still, the newest there is."""
    deadline = time.monotonic() + _COMMIT_SECONDS
    while (latest := comet.latest()) < height and time.monotonic() < deadline:
        time.sleep(_POLL)
    return latest


def _block_below(engine: Engine, signed: SignedHeader) -> Block:
    """The block whose state the header holds, as the JSON-RPC endpoint knows it."""
    height = signed.header.height - 1
    block = engine.client.block(height)
    if block is None:
        raise engine.client.behind(f"it hasn't got block {height}")
    if block.hash != signed.header.last_block_id.hash:
        raise BadAnswer(f"block {height} of {engine.rpc.url} is another than CometBFT's")
    return block


def _word(engine: Engine, ledger: Address, slot: int, block: Block) -> bytes:
    try:
        found = engine.client.storage(ledger, slot, block.number)
    except RpcError as error:
        raise StateUnavailable(f"slot {slot} of {ledger}: {error}") from error
    if found is None:
        raise StateUnavailable(f"slot {slot} of {ledger} at block {block.number}")
    return found


def _state(block: Block, words: list[bytes], evidence: Evidence | None) -> LedgerState:
    found = LedgerWords.read(words)
    heads = Heads(claim=found.claim, consortium=found.consortium, all=found.all)
    return LedgerState(block, found.count, heads, evidence)


_Reader = Callable[[Engine, Address, ClaimNo, Block], LedgerState]
_READERS: Mapping[ProofKind, _Reader] = {
    "none": _told,
    "ics23": _proven_by_ics23,
    "mpt": _proven_by_mpt,
}
