"""Rule packs read from TOML, every word of them checked."""

from __future__ import annotations

from collections.abc import Callable

from ledger.commitments import domain_tag
from ledger.keccak import keccak
from ledger.rules.answers import Outcome
from ledger.rules.errors import MalformedPack
from ledger.rules.facts import COUNT_FACTS, DAY_FACTS, FLAG_FACTS, Act
from ledger.rules.kinds import (
    AtMost,
    Concentration,
    Contagion,
    Criterion,
    DaysBetween,
    MonthsBetween,
    MustBe,
    OverdueCategories,
    RegistrationNotice,
    Structural,
)
from ledger.rules.pack import Pack, Period, Rule, Source
from ledger.rules.toml import Entry, canonical_form, read_toml

_PACK = domain_tag("yuanliu.rules.pack.v1")
_PACK_MEMBERS = ("id", "version", "title", "jurisdiction", "rule")
_RULE_MEMBERS = ("id", "version", "title", "kind", "acts", "parameters", "source")
_RULE_OPTIONS = ("only_if", "in_force_from", "in_force_until")
_KNOWN = ("seen", "secondary", "general", "policy")
_ADVERSE = (Outcome.NEEDS_JUSTIFICATION.value, Outcome.REFUSED.value)


def read_pack(name: str, data: bytes) -> Pack:
    """The pack in a file, with its hash: keccak256(tag ‖ canonical form); MalformedPack."""
    root = read_toml(name, data)
    pack = root.table(_PACK_MEMBERS)
    rules = tuple(_rule(item) for item in pack["rule"].items())
    if len({rule.id for rule in rules}) != len(rules):
        raise MalformedPack(pack["rule"].path, "has two rules of one id")
    return Pack(
        id=pack["id"].name(),
        version=pack["version"].whole(),
        title=pack["title"].text(),
        jurisdiction=pack["jurisdiction"].text(),
        rules=rules,
        hash=keccak(_PACK + canonical_form(root)),
    )


def read_period(members: dict[str, Entry]) -> Period:
    """``in_force_from`` and ``in_force_until``, either or both left out; MalformedPack."""
    since, until = members.get("in_force_from"), members.get("in_force_until")
    first = None if since is None else since.day()
    end = None if until is None else until.day()
    if until is not None and first and end and end <= first:
        raise MalformedPack(until.path, "must be after in_force_from")
    return Period(first, end)


def _rule(entry: Entry) -> Rule:
    rule = entry.table(_RULE_MEMBERS, _RULE_OPTIONS)
    kind = rule["kind"].among(_KINDS)
    only_if = rule.get("only_if")
    return Rule(
        id=rule["id"].name(),
        version=rule["version"].whole(),
        title=rule["title"].text(),
        kind=kind,
        criterion=_KINDS[kind](rule["parameters"]),
        acts=tuple(item.member(Act) for item in rule["acts"].items()),
        only_if=tuple(item.among(FLAG_FACTS) for item in only_if.items()) if only_if else (),
        in_force=read_period(rule),
        source=_source(rule["source"]),
    )


def _source(entry: Entry) -> Source:
    source = entry.table(("text", "article", "known"))
    return Source(source["text"].text(), source["article"].text(), source["known"].among(_KNOWN))


def _months_between(entry: Entry) -> Criterion:
    given = entry.table(("start", "end", "pass_months", "refuse_beyond_months"))
    least, most = given["pass_months"].whole(), given["refuse_beyond_months"].whole()
    if most < least:
        raise MalformedPack(entry.path, "refuses what it passes")
    return MonthsBetween(
        given["start"].among(DAY_FACTS), given["end"].among(DAY_FACTS), least, most
    )


def _days_between(entry: Entry) -> Criterion:
    given = entry.table(("start", "end", "limit_days", "otherwise"))
    start, end = given["start"].among(DAY_FACTS), given["end"].among(DAY_FACTS)
    return DaysBetween(start, end, given["limit_days"].whole(), _adverse(given["otherwise"]))


def _must_be(entry: Entry) -> Criterion:
    given = entry.table(("fact", "value", "otherwise"))
    fact = given["fact"].among(FLAG_FACTS)
    return MustBe(fact, given["value"].flag(), _adverse(given["otherwise"]))


def _at_most(entry: Entry) -> Criterion:
    given = entry.table(("fact", "limit", "otherwise"))
    fact = given["fact"].among(COUNT_FACTS)
    return AtMost(fact, given["limit"].whole(), _adverse(given["otherwise"]))


def _structural(entry: Entry) -> Criterion:
    return Structural(entry.table(("statement",))["statement"].text())


def _overdue_categories(entry: Entry) -> Criterion:
    names = ("special_mention", "substandard", "doubtful", "loss")
    given = entry.table([f"{name}_over_days" for name in names])
    thresholds = [given[f"{name}_over_days"].whole() for name in names]
    if sorted(set(thresholds)) != thresholds:
        raise MalformedPack(entry.path, "must have thresholds that rise")
    return OverdueCategories(*thresholds)


def _contagion(entry: Entry) -> Criterion:
    return Contagion(entry.table(("over_percent",))["over_percent"].whole())


def _concentration(entry: Entry) -> Criterion:
    return Concentration(entry.table(("over_bp",))["over_bp"].whole())


def _registration_notice(entry: Entry) -> Criterion:
    return RegistrationNotice(entry.table(("days",))["days"].whole())


def _adverse(entry: Entry) -> Outcome:
    return Outcome(entry.among(_ADVERSE))


_KINDS: dict[str, Callable[[Entry], Criterion]] = {
    "months-between@1": _months_between,
    "days-between@1": _days_between,
    "must-be@1": _must_be,
    "at-most@1": _at_most,
    "structural@1": _structural,
    "overdue-categories@1": _overdue_categories,
    "contagion@1": _contagion,
    "concentration@1": _concentration,
    "registration-notice@1": _registration_notice,
}
