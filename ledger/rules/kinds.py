"""Kinds of rules: how parameters and facts make an outcome.

A pack's rule names a kind with its version, ``months-between@1``. Stored decisions are evaluated
again, so what a version does never changes: a change is a new version beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ledger.rules.answers import Outcome, Reason, reason
from ledger.rules.facts import Facts
from ledger.rules.months import add_months

Verdict = tuple[Outcome, tuple[Reason, ...]]


class Criterion(Protocol):
    """A rule's content: what it needs to know, and what follows."""

    @property
    def needs(self) -> tuple[str, ...]: ...

    def judge(self, facts: Facts) -> Verdict:
        """The verdict once all that is needed is known."""
        ...


@dataclass(frozen=True, slots=True)
class MonthsBetween:
    """``months-between@1``: a term that passes, needs a justification or is refused."""

    start: str
    end: str
    pass_months: int
    refuse_beyond_months: int

    @property
    def needs(self) -> tuple[str, ...]:
        return self.start, self.end

    def judge(self, facts: Facts) -> Verdict:
        start, end = facts.day(self.start), facts.day(self.end)
        if end < start:
            return _backwards(self.start, start, self.end, end)
        if end <= add_months(start, self.pass_months):
            return Outcome.PASS, (_term("within_months", start, end, self.pass_months),)
        reasons = (_term("beyond_months", start, end, self.pass_months),)
        if end <= add_months(start, self.refuse_beyond_months):
            within = _term("within_months", start, end, self.refuse_beyond_months)
            return Outcome.NEEDS_JUSTIFICATION, (*reasons, within)
        return Outcome.REFUSED, (_term("beyond_months", start, end, self.refuse_beyond_months),)


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """``days-between@1``: at most so many days, or else."""

    start: str
    end: str
    limit: int
    otherwise: Outcome

    @property
    def needs(self) -> tuple[str, ...]:
        return self.start, self.end

    def judge(self, facts: Facts) -> Verdict:
        start, end = facts.day(self.start), facts.day(self.end)
        if end < start:
            return _backwards(self.start, start, self.end, end)
        days = (end - start).days
        outcome = Outcome.PASS if days <= self.limit else self.otherwise
        code = "within_days" if days <= self.limit else "beyond_days"
        return outcome, (reason(code, days=days, start=start, end=end, limit=self.limit),)


@dataclass(frozen=True, slots=True)
class MustBe:
    """``must-be@1``: a fact is true, or false, or else."""

    fact: str
    value: bool
    otherwise: Outcome

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.fact,)

    def judge(self, facts: Facts) -> Verdict:
        found = facts.flag(self.fact)
        if found is self.value:
            return Outcome.PASS, (reason("is_so", fact=self.fact, value=found),)
        why = reason("is_not_so", fact=self.fact, value=found, expected=self.value)
        return self.otherwise, (why,)


@dataclass(frozen=True, slots=True)
class AtMost:
    """``at-most@1``: a count stays within a limit, or else."""

    fact: str
    limit: int
    otherwise: Outcome

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.fact,)

    def judge(self, facts: Facts) -> Verdict:
        found = facts.count(self.fact)
        if found <= self.limit:
            return Outcome.PASS, (_bound("at_most", self.fact, found, self.limit),)
        return self.otherwise, (_bound("above", self.fact, found, self.limit),)


@dataclass(frozen=True, slots=True)
class Structural:
    """``structural@1``: the ledger's structure leaves no way to break it; nothing to ask."""

    statement: str

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def judge(self, _facts: Facts) -> Verdict:
        return Outcome.PASS, (reason("structural"),)


@dataclass(frozen=True, slots=True)
class OverdueCategories:
    """``overdue-categories@1``: more than so many days past due is at least this category."""

    special_mention: int
    substandard: int
    doubtful: int
    loss: int

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def judge(self, facts: Facts) -> Verdict:
        return _about_debts(facts)


@dataclass(frozen=True, slots=True)
class Contagion:
    """``contagion@1``: more than so many percent non-performing makes all of it so."""

    over_percent: int

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def judge(self, facts: Facts) -> Verdict:
        return _about_debts(facts)


@dataclass(frozen=True, slots=True)
class Concentration:
    """``concentration@1``: one debtor having more than such a share of a bank's lines is said."""

    over_bp: int

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def judge(self, facts: Facts) -> Verdict:
        return _about_debts(facts)


@dataclass(frozen=True, slots=True)
class RegistrationNotice:
    """``registration-notice@1``: so many days before a registration lapses it is said."""

    days: int

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def judge(self, facts: Facts) -> Verdict:
        return _about_debts(facts)


def _about_debts(facts: Facts) -> Verdict:
    """Rules on existing debt decide no act: ``ledger.rules.classification`` and ``ledger.risk``
    apply them."""
    return Outcome.NOT_APPLICABLE, (reason("act_not_concerned", act=facts.act.value),)


def _backwards(start_fact: str, start: date, end_fact: str, end: date) -> Verdict:
    why = reason(
        "ends_before_it_begins", start_fact=start_fact, start=start, end_fact=end_fact, end=end
    )
    return Outcome.REFUSED, (why,)


def _term(code: str, start: date, end: date, months: int) -> Reason:
    days, limit = (end - start).days, add_months(start, months)
    return reason(code, days=days, start=start, end=end, months=months, limit=limit)


def _bound(code: str, fact: str, value: int, limit: int) -> Reason:
    return reason(code, fact=fact, value=value, limit=limit)
