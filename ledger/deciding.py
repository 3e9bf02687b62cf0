"""Whether the rules let something go on, given the justifications that were recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused
from ledger.rules import Answer, Answers, Outcome


@dataclass
class RulesRefuse(Refused):
    """Rules in force say no; no justification helps."""

    rules: list[str]
    because: str
    summary: ClassVar[str] = "The rules refuse it. {because}"


@dataclass
class JustificationMissing(Refused):
    """Rules in force let it pass only with a justification in writing."""

    rules: list[str]
    because: str
    summary: ClassVar[str] = "It needs a justification. {because}"


def require_allowed(answers: Answers, justified: Collection[str] = ()) -> None:
    """Raises ``RulesRefuse`` or ``JustificationMissing``, naming the rules that are in the way."""
    blocking = answers.standing_in_the_way(justified)
    refusing = [answer for answer in blocking if answer.outcome is Outcome.REFUSED]
    if refusing:
        raise RulesRefuse([answer.rule for answer in refusing], _because(refusing))
    if blocking:
        raise JustificationMissing([answer.rule for answer in blocking], _because(blocking))


def _because(answers: Sequence[Answer]) -> str:
    """One sentence for each rule: its id, then its reasons."""
    return " ".join(f"{one.rule}: {' '.join(map(str, one.reasons))}" for one in answers)
