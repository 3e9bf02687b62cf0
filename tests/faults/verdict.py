"""What a fault did to the ledger: findings in, one row out. Nothing here asks anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.ids import Digest
from ledger.store.outbox import ActStatus

_SHOWN = 3


@dataclass(frozen=True)
class Answer:
    """What became of one act, by the API's word; ``name`` is the refusal's."""

    status: ActStatus
    name: str | None = None


@dataclass(frozen=True)
class Handed:
    """What a client handed in, and what it knows of it.

    ``sound`` acts must take effect, in this order. ``planted`` ones must be refused, each by its
    name; ``perhaps`` ones, which are sound as well, may be.
    """

    sound: Sequence[Digest]
    planted: Mapping[Digest, str]
    perhaps: Mapping[Digest, str] = field(default_factory=dict)

    @property
    def accepted(self) -> frozenset[Digest]:
        return frozenset(self.sound) | self.planted.keys()


@dataclass(frozen=True)
class Tally:
    """Acts that went wrong. ``strays`` are in the outbox or on the chain, handed in by nobody.

    An act without an answer isn't lost yet: it still stands in the outbox.
    """

    lost: frozenset[Digest] = frozenset()
    doubled: frozenset[Digest] = frozenset()
    strays: frozenset[Digest] = frozenset()
    unanswered: frozenset[Digest] = frozenset()
    misanswered: frozenset[Digest] = frozenset()
    disordered: bool = False


def tally(handed: Handed, posted: Sequence[Digest], answers: Mapping[Digest, Answer]) -> Tally:
    """``posted`` are the acts on the chain, in its order; ``answers`` those of the whole outbox.

    An act is lost that is neither on the chain nor on its way there, unless it was refused by a
    name it may be refused by.
    It is doubled when the chain has more of it than the one that was handed in.
    """
    times = Counter(posted)
    refused = {d for d, one in answers.items() if one.status is ActStatus.REFUSED}
    confirmed = {d for d, one in answers.items() if one.status is ActStatus.CONFIRMED}
    unanswered = (handed.accepted & answers.keys()) - refused - confirmed
    may_be_refused = {**handed.perhaps, **handed.planted}
    rightly = {d for d in refused if answers[d].name == may_be_refused.get(d, "")}
    on_chain = times.keys()
    due = [d for d in handed.sound if d not in rightly]
    return Tally(
        lost=frozenset(set(due) - on_chain - unanswered) | (handed.planted.keys() - answers.keys()),
        doubled=frozenset(d for d, count in times.items() if count > 1)
        | (on_chain & handed.planted.keys()),
        strays=frozenset((on_chain | answers.keys()) - handed.accepted),
        unanswered=frozenset(unanswered),
        misanswered=frozenset(
            (refused & on_chain) | (confirmed - on_chain) | ((refused - rightly) & handed.accepted)
        ),
        disordered=list(posted) != due,
    )


@dataclass(frozen=True)
class Row:
    """One fault and what came of it. ``seconds`` None: it never recovered."""

    fault: str
    accepted: int = 0
    refused: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float | None = None
    problems: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.problems) and self.seconds is not None

    def to_json(self) -> dict[str, Any]:
        return {
            "fault": self.fault,
            "accepted": self.accepted,
            "refused": self.refused,
            "lost": self.lost,
            "doubled": self.doubled,
            "seconds": None if self.seconds is None else round(self.seconds, 2),
            "problems": list(self.problems),
        }


def judged(row: Row, found: Tally) -> Row:
    """The row with a tally's acts counted in, and everything wrong told in words."""
    told = {
        "lost": found.lost,
        "doubled": found.doubled,
        "on the chain or in the outbox, handed in by nobody": found.strays,
        "without an answer": found.unanswered,
        "with an answer that isn't so": found.misanswered,
    }
    problems = [f"{_some(acts)} {what}" for what, acts in told.items() if acts]
    if found.disordered and not problems:
        problems.append("the chain has the acts in another order than they were handed in")
    return Row(
        fault=row.fault,
        accepted=row.accepted,
        refused=row.refused,
        lost=len(found.lost),
        doubled=len(found.doubled | found.strays),
        seconds=row.seconds,
        problems=(*row.problems, *problems),
    )


def since(before: Tally, after: Tally) -> Tally:
    """What went wrong in between: every row answers for itself."""
    return Tally(
        after.lost - before.lost,
        after.doubled - before.doubled,
        after.strays - before.strays,
        after.unanswered - before.unanswered,
        after.misanswered - before.misanswered,
        after.disordered and not before.disordered,
    )


def _some(acts: Collection[Digest]) -> str:
    shown = ", ".join("0x" + act.hex()[:8] + "…" for act in sorted(acts)[:_SHOWN])
    return f"{len(acts)} acts ({shown})"
