"""Evaluating a pack: one answer from every rule. What isn't known never passes."""

from __future__ import annotations

from datetime import date

from ledger.rules.answers import Answer, Answers, Outcome, Reason, reason
from ledger.rules.errors import PackNotInForce
from ledger.rules.facts import Facts
from ledger.rules.kinds import Verdict
from ledger.rules.pack import Pack, Rule


def evaluate(pack: Pack, facts: Facts, on: date) -> Answers:
    """What each rule of the pack answers on that day; PackNotInForce."""
    if not pack.covers(on):
        raise PackNotInForce(pack.id, on.isoformat())
    return answers_of(pack, facts, on)


def answers_of(pack: Pack, facts: Facts, on: date) -> Answers:
    """As ``evaluate``, under a pack that was in force when the decision was made."""
    return Answers(tuple(_answer(rule, facts, on) for rule in pack.rules))


def _answer(rule: Rule, facts: Facts, on: date) -> Answer:
    outcome, reasons = _verdict(rule, facts, on)
    return Answer(rule.id, rule.version, outcome, reasons)


def _verdict(rule: Rule, facts: Facts, on: date) -> Verdict:
    aside = _why_aside(rule, facts, on)
    if aside is not None:
        return Outcome.NOT_APPLICABLE, (aside,)
    unknown = [name for name in rule.needs if not facts.knows(name)]
    if unknown:
        return Outcome.REFUSED, tuple(reason("fact_missing", fact=name) for name in unknown)
    return rule.criterion.judge(facts)


def _why_aside(rule: Rule, facts: Facts, on: date) -> Reason | None:
    """Why the rule has nothing to say, if so; only a fact known to be false sets it aside."""
    if facts.act not in rule.acts:
        return reason("act_not_concerned", act=facts.act.value)
    if not rule.in_force.covers(on):
        since, until = rule.in_force.since, rule.in_force.until
        if since is not None and on < since:
            return reason("before_its_time", since=since)
        return reason("after_its_time", until=until)
    for name in rule.only_if:
        if facts.knows(name) and not facts.flag(name):
            return reason("condition_unmet", fact=name)
    return None
