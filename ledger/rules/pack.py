"""A rule pack: dated rules with their sources, and a hash over all that they say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ledger.rules.facts import Act
from ledger.rules.kinds import Criterion


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, and how well that is known.

    ``known``: "seen" (the text itself), "secondary", "general" (unconfirmed), or "policy" (ours,
    no law).
    """

    text: str
    article: str
    known: str


@dataclass(frozen=True, slots=True)
class Period:
    """From a day on until before another; None leaves that side open."""

    since: date | None
    until: date | None

    def covers(self, day: date) -> bool:
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``in_force`` without a first day begins with its pack.

    It applies to these acts, and only where the facts of ``only_if`` are all true.
    """

    id: str
    version: int
    title: str
    kind: str
    criterion: Criterion
    acts: tuple[Act, ...]
    only_if: tuple[str, ...]
    in_force: Period
    source: Source

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts without which the rule can't pass."""
        return (*self.only_if, *self.criterion.needs)


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules that belong together. ``in_force`` is None while the pack is announced only.

    ``hash`` covers everything but that: the index says when a pack is in force, so its end, or
    the date of an announced one, changes no hash.
    """

    id: str
    version: int
    title: str
    jurisdiction: str
    rules: tuple[Rule, ...]
    hash: bytes
    in_force: Period | None = None

    def during(self, period: Period | None) -> Pack:
        return replace(self, in_force=period)

    def covers(self, day: date) -> bool:
        return self.in_force is not None and self.in_force.covers(day)
