"""The fold itself: each entry is read, its act carried out again, and the two compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.acts import ATTESTATIONS, FINANCING, RECEIVABLES, REGISTRY, VALIDATORS
from ledger.deployment import Deployment
from ledger.entries import Entry, Op
from ledger.errors import Refused
from ledger.fold.calls import Call, carry_out, contract_of, read_call
from ledger.fold.findings import (
    EntryMismatch,
    EntryOutOfPlace,
    Finding,
    MemoUnreadable,
    PartitionBroken,
    UnknownFoundingPolicy,
    Unproven,
    WrongPoster,
)
from ledger.fold.state import State
from ledger.fold.step import Digests, Expected, Step
from ledger.hexadecimal import hexed
from ledger.ids import CONSORTIUM_BOOK, Digest, EntryIndex
from ledger.refusals import NotPolicy

_NO_ACT = Digest(bytes(32))
_POLICIES = (REGISTRY, ATTESTATIONS, RECEIVABLES, VALIDATORS, FINANCING)


@dataclass(frozen=True, slots=True)
class Folded:
    """``state`` after the entries; ``findings`` names every rule broken on the way, ``unproven``
    what the contracts had to know beyond the entries; ``signatures`` counts approvals read."""

    state: State
    findings: tuple[Finding, ...]
    unproven: tuple[Unproven, ...]
    entries: int
    signatures: int


def fold(entries: Iterable[Entry], deployment: Deployment, *, whole: bool) -> Folded:
    """Folds entries in rising order of their index.

    ``whole``: entries of every book from index 0. Otherwise the consortium's book and any
    claims' books, each complete up to some moment; what only other books tell is unproven.
    """
    folding = Fold(deployment, whole=whole)
    for entry in entries:
        folding.absorb(entry)
    return folding.result()


class Fold:
    """A fold under way. A rule broken is noted, and the entry takes effect as far as it can."""

    def __init__(self, deployment: Deployment, *, whole: bool) -> None:
        self.state = State()
        self._whole = whole
        self._digests = Digests(deployment)
        self._policies = {name: deployment.address(name) for name in _POLICIES}
        self._findings: list[Finding] = []
        self._unproven: list[Unproven] = []
        self._entries = 0
        self._signatures = 0
        self._next = 0

    def absorb(self, entry: Entry) -> None:
        step = Step(self.state, entry, self._digests, self._whole)
        self._judge_place(step)
        try:
            self._judge(step)
        except Refused as refusal:
            step.broken(refusal)
        self._findings += step.findings
        self._unproven += step.unproven
        self._entries += 1
        self._signatures += step.signatures

    def result(self) -> Folded:
        last = EntryIndex(max(0, self._next - 1))
        broken = [
            Finding(last, PartitionBroken(claim))
            for claim in self.state.claims
            if not self.state.is_partitioned(claim)
        ]
        return Folded(
            self.state,
            (*self._findings, *broken),
            tuple(self._unproven),
            self._entries,
            self._signatures,
        )

    def _judge_place(self, step: Step) -> None:
        index = step.entry.index
        if index < self._next or (self._whole and index != self._next):
            expected = f"entry {self._next}" + ("" if self._whole else " or a later one")
            step.broken(EntryOutOfPlace(index, expected))
        self._next = index + 1

    def _judge(self, step: Step) -> None:
        if step.entry.memo:
            call = read_call(step)
            self._judge_poster(step, call)
            expected = carry_out(step, call)
        else:
            expected = self._found(step)
        for mismatch in _mismatches(step.entry, expected):
            step.broken(mismatch)

    def _found(self, step: Step) -> Expected:
        """The ledger's own creation authorises its first policies, before there is a council."""
        if self.state.council.epoch != 0:
            raise MemoUnreadable("it is empty")
        policy = step.entry.words[0] if step.entry.words else 0
        known = {int(address, 16): address for address in self._policies.values()}
        if policy in known:
            self.state.policies.add(known[policy])
        else:
            step.broken(UnknownFoundingPolicy(f"0x{policy:040x}"))
        return Expected(CONSORTIUM_BOOK, Op.POLICY_SET, _NO_ACT, (policy, 1))

    def _judge_poster(self, step: Step, call: Call) -> None:
        expected = self._policies[contract_of(call)]
        if step.entry.policy != expected:
            step.broken(WrongPoster(step.entry.policy, expected))
        # The registry governs: it sets policies whether or not it is one.
        if step.entry.op is not Op.POLICY_SET and expected not in self.state.policies:
            step.broken(NotPolicy(expected))


def _mismatches(entry: Entry, expected: Expected) -> Iterator[EntryMismatch]:
    if entry.book != expected.book:
        yield EntryMismatch("book", str(entry.book), str(expected.book))
    if entry.op is not expected.op:
        yield EntryMismatch("op", entry.op.name, expected.op.name)
    if entry.act != expected.act:
        yield EntryMismatch("act", hexed(entry.act), hexed(expected.act))
    if entry.words != expected.words:
        yield EntryMismatch("words", _hex(entry.words), _hex(expected.words))


def _hex(words: tuple[int, ...]) -> str:
    return "[" + ", ".join(f"0x{word:064x}" for word in words) + "]"
