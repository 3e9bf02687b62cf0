"""`yuanliu rules`: the rule packs, their rules with sources, and what they answer. Offline."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from client.drafts import today
from ledger.canonical import Field, read_json
from ledger.deciding import require_allowed
from ledger.documents.xml import read_bounded
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.rules import Catalogue, Decision, Pack, Period, Rule, decide, shipped_catalogue
from ledger.rules.errors import PackNotInForce
from ledger.rules.facts import read_facts
from scripts.desk import AsJson
from scripts.output import print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Rule packs: what they say and answer. Offline.")

_DATE = ["%Y-%m-%d"]

On = Annotated[
    datetime | None, typer.Option(formats=_DATE, help="The day to judge on; else today.")
]
Dated = Annotated[
    list[str] | None,
    typer.Option("--dated", metavar="PACK=DATE", help="Try an announced pack as in force from."),
]


@dataclass
class MalformedDating(Refused):
    """What is to be tried isn't a pack with a first day."""

    text: str
    summary: ClassVar[str] = "{text!r} must be PACK=DATE, e.g. cn-receivables-2=2027-01-01."


@app.command("list")
def list_packs(dated: Dated = None, as_json: AsJson = False) -> None:
    """List the packs: when each is in force, and the hash that decisions record.

    \b
    yuanliu rules list
    yuanliu rules list --dated cn-receivables-2=2027-01-01
    """
    catalogue = _catalogue(dated)
    if as_json:
        packs = [_pack_json(pack) for pack in catalogue.packs]
        print_json({"index_hash": hexed(catalogue.index_hash), "packs": packs})
        return
    print_table(
        ("pack", "in force", "rules>", "title", "hash"),
        (
            (pack.id, _period_text(pack.in_force), len(pack.rules), pack.title, hexed(pack.hash))
            for pack in catalogue.packs
        ),
    )


@app.command("show")
def show(
    pack: Annotated[str, typer.Argument(help="A pack's id, as `rules list` shows it.")],
    rule: Annotated[str | None, typer.Option(help="One rule's id: all about it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a pack's rules, each with its source and how well that is known.

    known: "seen" (the text itself), "secondary" (read about), "general" (unconfirmed) or "policy"
    (ours, no law).

    \b
    yuanliu rules show cn-receivables-1
    yuanliu rules show cn-receivables-1 --rule tenor
    """
    found = shipped_catalogue().by_id(pack)
    chosen = [one for one in found.rules if rule in (None, one.id)]
    if not chosen:
        raise typer.BadParameter(f"{pack} has no rule {rule}", param_hint="--rule")
    if as_json:
        print_json(_pack_json(found) | {"rules": [_rule_json(one) for one in chosen]})
    elif rule is not None:
        print_fields(_flat(_rule_json(chosen[0])))
    else:
        print_table(("rule", "says", "acts", "source", "article", "known"), map(_row, chosen))


@app.command("check")
def check(
    facts: Annotated[
        str, typer.Argument(metavar="JSON|FILE|-", help="The facts: JSON, its file, or - (stdin).")
    ],
    on: On = None,
    pack: Annotated[str | None, typer.Option(help="Require this pack to be the one.")] = None,
    justified: Annotated[
        list[str] | None, typer.Option(help="A rule whose justification is recorded.")
    ] = None,
    dated: Dated = None,
    as_json: AsJson = False,
) -> None:
    """Ask the pack in force what it says to facts. Exit code 2 if a rule stands in the way.

    The act is issue, transfer or finance. Dates: issued_on, delivered_on, maturity. True or
    false: buyer_is_large, supplier_is_sme, supplier_accepts_freely, registered, issuer_blocked,
    invoice_reversed.
    Numbers: split_layer (0 for the first creditor's lot), days_captured_late (0 unless an old book
    is brought over), earlier_registrations (0 if nobody's comes before). A fact left out is
    unknown, and what a rule needs and doesn't know is refused. --json is the decision exactly as it
    would be stored.

    \b
    yuanliu rules check facts.json --on 2026-12-01
    yuanliu rules check '{"act": "finance", "issued_on": "2026-11-22",
        "maturity": "2027-03-01", "registered": true, "issuer_blocked": false,
        "split_layer": 2, "days_captured_late": 0, "invoice_reversed": false,
        "earlier_registrations": 0}' --json
    """
    catalogue, day = _catalogue(dated), today() if on is None else on.date()
    if pack is not None and not catalogue.by_id(pack).covers(day):
        raise PackNotInForce(pack, day.isoformat())
    decision = decide(catalogue, read_facts(Field("facts", read_json(_given(facts)))), day)
    if as_json:
        print_json(json.loads(decision.document()))
    else:
        _print_decision(decision)
    require_allowed(decision.answers, justified or ())


def _print_decision(decision: Decision) -> None:
    pack = f"{decision.pack_id} ({hexed(decision.pack_hash)})"
    answers = decision.answers
    print_fields([("pack", pack), ("on", decision.on), ("outcome", answers.outcome.value)])
    print_table(
        ("rule", "answer", "because"),
        ((one.rule, one.outcome.value, " ".join(map(str, one.reasons))) for one in answers),
    )


def _catalogue(dated: list[str] | None) -> Catalogue:
    return shipped_catalogue(dict(_dating(text) for text in dated or ()))


def _dating(text: str) -> tuple[str, date]:
    pack, _, day = text.partition("=")
    try:
        return pack, date.fromisoformat(day)
    except ValueError:
        raise MalformedDating(text[:64]) from None


def _given(facts: str) -> bytes:
    if facts == "-":
        return sys.stdin.buffer.read()
    return facts.encode() if facts.lstrip().startswith("{") else read_bounded(Path(facts))


def _pack_json(pack: Pack) -> dict[str, Any]:
    return {
        "id": pack.id,
        "version": pack.version,
        "title": pack.title,
        "jurisdiction": pack.jurisdiction,
        "hash": hexed(pack.hash),
        "in_force": None if pack.in_force is None else _period_json(pack.in_force),
    }


def _rule_json(rule: Rule) -> dict[str, Any]:
    source = rule.source
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "kind": rule.kind,
        "acts": [act.value for act in rule.acts],
        "only_if": list(rule.only_if),
        "needs": list(rule.needs),
        "in_force": _period_json(rule.in_force),
        "source": {"text": source.text, "article": source.article, "known": source.known},
    }


def _flat(rule: dict[str, Any]) -> list[tuple[str, Any]]:
    source, period = rule["source"], rule["in_force"]
    shown = rule | {"source": f"{source['text']}, article {source['article']}"}
    shown |= {"known": source["known"]}
    shown["in_force"] = f"{period['from'] or 'always'} until {period['until'] or 'further notice'}"
    return [
        (name, ", ".join(value) if isinstance(value, list) else value)
        for name, value in shown.items()
    ]


def _row(rule: Rule) -> tuple[str, ...]:
    acts = ", ".join(act.value for act in rule.acts) or "(debts)"
    source = rule.source
    return rule.id, rule.title, acts, source.text, source.article, source.known


def _period_json(period: Period) -> dict[str, str | None]:
    since, until = period.since, period.until
    return {
        "from": None if since is None else since.isoformat(),
        "until": None if until is None else until.isoformat(),
    }


def _period_text(period: Period | None) -> str:
    if period is None:
        return "announced"
    return f"{period.since or '…'} to {period.until or '…'}"
