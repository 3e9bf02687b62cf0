"""Random lives of issues under two banks' limits, against a model that adds up what is owed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from ledger.refusals import Expired
from ledger.store.engine import Database
from ledger.store.outbox import mark_refused, next_accepted
from tests.store.credit import NOW, Desk, digest_of
from tests.store.test_issuance_races import LIMIT, desk_of, fits, hand_in, used_of

STEPS = 120


@dataclass
class Issue:
    """``counts``: pending or concluded, so that what isn't paid of it is in use."""

    name: str
    face: int
    pending: bool = False
    refused: bool = False
    claim: int | None = None
    paid: int = 0

    @property
    def counts(self) -> int:
        return self.face - self.paid if self.pending or self.claim is not None else 0


@dataclass
class Walk:
    desk: Desk
    chance: random.Random
    issues: list[Issue] = field(default_factory=list)
    undo: list[tuple[Issue, Issue]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    calls: int = 0

    @property
    def used(self) -> int:
        return sum(one.counts for one in self.issues)

    @property
    def rounded(self) -> int:
        return sum(0 < one.paid < one.face for one in self.issues)

    def hand_in_new(self) -> None:
        issue = Issue(f"issue {len(self.issues)}", self.chance.randint(1, LIMIT // 3))
        self.issues.append(issue)
        self._hand_in(issue)

    def hand_in_again(self) -> None:
        again = [one for one in self.issues if one.refused and one.claim is None]
        if again:
            self._hand_in(self.chance.choice(again))

    def _hand_in(self, issue: Issue) -> None:
        self.calls += 1
        room = used_of(self.desk) + issue.face <= LIMIT
        (found,) = hand_in(
            self.desk.database, (issue.name, issue.face), call=b"call %d" % self.calls
        )
        assert fits(found) is room
        self.done["fits" if room else "doesn't fit"] += 1
        if room:
            issue.pending, issue.refused = True, False

    def refuse(self) -> None:
        pending = [one for one in self.issues if one.pending]
        if not pending:
            return
        issue = self.chance.choice(pending)
        with self.desk.database.read() as connection:
            acts = [a for a in next_accepted(connection, 999) if a.digest == digest_of(issue.name)]
        assert len(acts) == 1
        refusals = [(act.id, Expired(NOW)) for act in acts]
        self.desk.write(lambda connection: mark_refused(connection, refusals))
        issue.pending, issue.refused = False, True
        self.done["refused"] += 1

    def conclude(self) -> None:
        open_ones = [one for one in self.issues if one.pending or one.refused]
        if open_ones:
            self._conclude(self.chance.choice(open_ones))

    def go_behind_our_back(self) -> None:
        issue = Issue(f"behind {len(self.issues)}", self.chance.randint(1, LIMIT // 5))
        self.issues.append(issue)
        self._conclude(issue)

    def _conclude(self, issue: Issue) -> None:
        # Taken back, its act waits for the chain again, even one that had been refused.
        before = Issue(issue.name, issue.face, pending=issue.pending or issue.refused)
        claim = 1 + sum(one.claim is not None for one in self.issues)
        self.desk.open_claim(claim, issue.face, act=digest_of(issue.name))
        issue.claim, issue.pending, issue.refused = claim, False, False
        self.undo.append((issue, before))
        self.done["concluded"] += 1

    def settle(self) -> None:
        owed = [one for one in self.issues if one.claim is not None and one.paid < one.face]
        if not owed:
            return
        issue = self.chance.choice(owed)
        before = Issue(issue.name, issue.face, claim=issue.claim, paid=issue.paid)
        end = self.chance.randint(issue.paid + 1, issue.face)
        self.desk.settle(issue.claim or 0, issue.paid, end)
        issue.paid = end
        self.undo.append((issue, before))
        self.done["paid"] += 1

    def rewind(self) -> None:
        """And a block after it, which ends what only the chain had told of."""
        if not self.undo:
            return
        issue, before = self.undo.pop()
        self.desk.rewind(1)
        self.desk.tick()
        vars(issue).update(vars(before))
        self.done["rewound"] += 1


@pytest.mark.parametrize("seed", range(4))
def test_walk__whatever_happens__use_is_what_is_owed(database: Database, seed: int) -> None:
    walk = Walk(desk_of(database), random.Random(seed))
    steps = [
        walk.hand_in_new,
        walk.hand_in_new,
        walk.hand_in_again,
        walk.refuse,
        walk.conclude,
        walk.go_behind_our_back,
        walk.settle,
        walk.settle,
        walk.rewind,
    ]
    for _ in range(STEPS):
        walk.chance.choice(steps)()
        # What is left of an issue over two lines is rounded up in each.
        assert 0 <= used_of(walk.desk) - walk.used <= walk.rounded
    assert walk.desk.wrong() == []
    kinds = {"fits", "doesn't fit", "refused", "concluded", "paid", "rewound"}
    assert set(walk.done) == kinds, walk.done
