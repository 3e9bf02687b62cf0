"""What rules answer, with the figures that say why."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ledger.rules.sentences import SENTENCES


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 (no password)
    NEEDS_JUSTIFICATION = "needs_justification"
    REFUSED = "refused"
    NOT_APPLICABLE = "not_applicable"


_SEVERITY = [Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.NEEDS_JUSTIFICATION, Outcome.REFUSED]


@dataclass(frozen=True, slots=True)
class Reason:
    """A code from ``SENTENCES`` and the figures of its sentence, as text, by rising name."""

    code: str
    figures: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return SENTENCES[self.code].format(**dict(self.figures))

    def members(self) -> dict[str, Any]:
        return {"code": self.code, "figures": dict(self.figures)}


def reason(code: str, **figures: object) -> Reason:
    """A reason with its figures: dates as ISO text, numbers in decimal digits."""
    return Reason(code, tuple((name, _text(figures[name])) for name in sorted(figures)))


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule's answer."""

    rule: str
    version: int
    outcome: Outcome
    reasons: tuple[Reason, ...]

    def members(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "version": self.version,
            "outcome": self.outcome.value,
            "reasons": [one.members() for one in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer from each rule of a pack, in the pack's order."""

    items: tuple[Answer, ...]

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.items)

    def __getitem__(self, rule: str) -> Answer:
        return {answer.rule: answer for answer in self.items}[rule]

    @property
    def outcome(self) -> Outcome:
        """The severest answer; not_applicable if no rule had anything to say."""
        outcomes = [answer.outcome for answer in self.items]
        return max(outcomes, key=_SEVERITY.index, default=Outcome.NOT_APPLICABLE)

    def standing_in_the_way(self, justified: Collection[str] = ()) -> tuple[Answer, ...]:
        """Refusals, and rules whose justification isn't among the recorded ones (rule ids)."""
        return tuple(
            answer
            for answer in self.items
            if answer.outcome is Outcome.REFUSED
            or (answer.outcome is Outcome.NEEDS_JUSTIFICATION and answer.rule not in justified)
        )

    def members(self) -> list[dict[str, Any]]:
        return [answer.members() for answer in self.items]


def _text(figure: object) -> str:
    return str(figure).lower() if isinstance(figure, bool) else str(figure)
