"""What China's pack answers, with the figures; and that the unknown never passes."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.rules import Act, Answer, Facts, Outcome, Pack, evaluate, shipped_catalogue
from ledger.rules.errors import FactMistyped, PackNotInForce
from ledger.rules.months import add_months

CATALOGUE = shipped_catalogue({"cn-receivables-2": date(2027, 1, 1)})
TODAY, LATER = date(2026, 3, 1), date(2027, 3, 1)
PASS, JUSTIFY = Outcome.PASS, Outcome.NEEDS_JUSTIFICATION
REFUSED, ASIDE = Outcome.REFUSED, Outcome.NOT_APPLICABLE

ISSUE = Facts(
    Act.ISSUE,
    issued_on=date(2026, 3, 1),
    delivered_on=date(2026, 2, 20),
    maturity=date(2026, 4, 20),
    buyer_is_large=True,
    supplier_is_sme=True,
    supplier_accepts_freely=True,
    issuer_blocked=False,
)
FINANCE = Facts(
    Act.FINANCE,
    issued_on=date(2026, 1, 31),
    maturity=date(2026, 7, 31),
    registered=True,
    issuer_blocked=False,
    split_layer=2,
    days_captured_late=0,
    invoice_reversed=False,
    earlier_registrations=0,
)

some_days = st.none() | st.dates(date(2025, 1, 1), date(2028, 12, 31))
flags = st.none() | st.booleans()
any_facts = st.builds(
    Facts,
    st.sampled_from(list(Act)),
    some_days,
    some_days,
    some_days,
    flags,
    flags,
    flags,
    flags,
    flags,
    st.none() | st.integers(0, 12),
    st.none() | st.integers(0, 90),
    flags,
    st.none() | st.integers(0, 3),
)


def answer(rule: str, facts: Facts, on: date = TODAY) -> Answer:
    return evaluate(CATALOGUE.pack_for(on), facts, on)[rule]


def figures(given: Answer) -> dict[str, str]:
    return dict(given.reasons[0].figures)


@pytest.mark.parametrize(
    ("maturity", "now", "later"),
    [
        (date(2026, 7, 31), PASS, PASS),
        (date(2026, 8, 1), JUSTIFY, REFUSED),
        (date(2027, 1, 31), JUSTIFY, REFUSED),
        (date(2027, 2, 1), REFUSED, REFUSED),
        (date(2026, 1, 31), PASS, PASS),
        (date(2026, 1, 30), REFUSED, REFUSED),
        (date.max, REFUSED, REFUSED),
    ],
)
def test_tenor__around_its_limits__now_and_after_the_announced_change(
    maturity: date, now: Outcome, later: Outcome
) -> None:
    facts = replace(ISSUE, issued_on=date(2026, 1, 31), maturity=maturity)
    assert answer("tenor", facts).outcome is now
    assert answer("tenor", facts, LATER).outcome is later


@pytest.mark.parametrize(
    ("issued", "limit"),
    [
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 2, 28), date(2026, 8, 28)),
    ],
)
def test_tenor__six_months_at_month_ends__day_of_that_number_or_the_last(
    issued: date, limit: date
) -> None:
    within = replace(ISSUE, issued_on=issued, maturity=limit)
    assert answer("tenor", within).outcome is PASS
    beyond = answer("tenor", replace(within, maturity=limit + timedelta(1)))
    assert beyond.outcome is JUSTIFY
    assert figures(beyond)["limit"] == limit.isoformat()


def test_tenor__seven_months__says_the_figures() -> None:
    given = answer("tenor", replace(ISSUE, maturity=date(2026, 10, 1)))
    assert str(given.reasons[0]) == (
        "214 days from 2026-03-01 to 2026-10-01: beyond 6 months, until 2026-09-01."
    )


def test_tenor_financed__paper_issued_under_the_old_limit__still_financeable_after() -> None:
    facts = replace(FINANCE, maturity=date(2026, 11, 30))
    assert answer("tenor-financed", facts, LATER).outcome is JUSTIFY


@pytest.mark.parametrize(
    ("days", "large", "sme", "outcome"),
    [
        (60, True, True, PASS),
        (61, True, True, JUSTIFY),
        (61, False, True, ASIDE),
        (61, True, False, ASIDE),
        (61, None, False, ASIDE),
        (60, None, True, REFUSED),
        (60, True, None, REFUSED),
        (-1, True, True, REFUSED),
    ],
)
def test_payment_within_60_days__large_buyer_and_sme__counted_from_delivery(
    days: int, large: bool | None, sme: bool | None, outcome: Outcome
) -> None:
    delivered = date(2026, 2, 20)
    facts = replace(
        ISSUE,
        delivered_on=delivered,
        maturity=delivered + timedelta(days),
        buyer_is_large=large,
        supplier_is_sme=sme,
    )
    assert answer("payment-within-60-days", facts).outcome is outcome


@pytest.mark.parametrize(
    ("rule", "facts", "fact", "outcomes"),
    [
        ("free-acceptance", ISSUE, "supplier_accepts_freely", (PASS, REFUSED, REFUSED)),
        ("issuer-blocked", ISSUE, "issuer_blocked", (REFUSED, PASS, REFUSED)),
        ("issuer-blocked-financed", FINANCE, "issuer_blocked", (JUSTIFY, PASS, REFUSED)),
        ("registration-before-finance", FINANCE, "registered", (PASS, REFUSED, REFUSED)),
    ],
)
def test_yes_or_no__true_false_unknown__answered(
    rule: str, facts: Facts, fact: str, outcomes: tuple[Outcome, ...]
) -> None:
    for value, outcome in zip((True, False, None), outcomes, strict=True):
        assert answer(rule, replace(facts, **{fact: value})).outcome is outcome


@pytest.mark.parametrize(
    ("layer", "outcome"), [(0, PASS), (5, PASS), (6, JUSTIFY), (None, REFUSED)]
)
def test_split_layers__around_the_limit__looked_at_beyond(
    layer: int | None, outcome: Outcome
) -> None:
    assert answer("split-layers", Facts(Act.TRANSFER, split_layer=layer)).outcome is outcome


@pytest.mark.parametrize(
    ("days", "outcome"), [(0, PASS), (1, JUSTIFY), (90, JUSTIFY), (None, REFUSED)]
)
def test_late_capture__before_and_after_its_value_date__justified(
    days: int | None, outcome: Outcome
) -> None:
    for on in (TODAY, LATER):
        facts = replace(FINANCE, days_captured_late=days)
        assert answer("late-capture", facts, on).outcome is outcome


@pytest.mark.parametrize(
    ("earlier", "outcome"), [(0, PASS), (1, JUSTIFY), (3, JUSTIFY), (None, REFUSED)]
)
def test_registration_priority__others_before__justified(
    earlier: int | None, outcome: Outcome
) -> None:
    for on in (TODAY, LATER):
        facts = replace(FINANCE, earlier_registrations=earlier)
        assert answer("registration-priority", facts, on).outcome is outcome


def test_structural_rule__any_act__recorded_as_such() -> None:
    for act in Act:
        given = answer("platform-holds-no-money", Facts(act))
        assert (given.outcome, given.reasons[0].code) == (PASS, "structural")


def test_rules_on_debt__any_act__decide_none() -> None:
    assert answer("contagion", FINANCE).outcome is ASIDE
    assert answer("overdue-categories", FINANCE).outcome is ASIDE


@pytest.mark.parametrize("facts", [ISSUE, FINANCE])
def test_evaluate__all_in_order__passes(facts: Facts) -> None:
    answers = evaluate(CATALOGUE.pack_for(TODAY), facts, TODAY)
    assert answers.outcome is PASS
    assert not answers.standing_in_the_way()


def test_standing_in_the_way__justification_recorded__only_refusals_remain() -> None:
    facts = replace(FINANCE, maturity=date(2026, 8, 31), split_layer=9, registered=False)
    answers = evaluate(CATALOGUE.pack_for(TODAY), facts, TODAY)
    assert answers.outcome is REFUSED
    open_rules = {one.rule for one in answers.standing_in_the_way({"tenor-financed"})}
    assert open_rules == {"registration-before-finance", "split-layers"}
    everything = {one.rule for one in answers}
    refusals = [one.rule for one in answers.standing_in_the_way(everything)]
    assert refusals == ["registration-before-finance"]


@settings(max_examples=300)
@given(any_facts, st.sampled_from([TODAY, LATER]), st.data())
def test_evaluate__a_fact_forgotten__passes_nothing_that_needs_it(
    facts: Facts, on: date, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([one.name for one in fields(Facts) if one.name != "act"]))
    pack = CATALOGUE.pack_for(on)
    forgotten = evaluate(pack, replace(facts, **{name: None}), on)
    for rule, one in zip(pack.rules, forgotten, strict=True):
        assert all(map(str, one.reasons))
        assert one.reasons
        if name in rule.needs:
            assert one.outcome in (REFUSED, ASIDE)


@given(any_facts)
def test_evaluate__same_facts__same_answers(facts: Facts) -> None:
    pack = CATALOGUE.pack_for(TODAY)
    assert evaluate(pack, facts, TODAY) == evaluate(pack, facts, TODAY)


def test_evaluate__rule_before_its_time__not_applicable() -> None:
    pack = CATALOGUE.by_id("cn-receivables-1")
    period = pack.in_force
    assert period is not None
    early = pack.during(replace(period, since=date(2020, 1, 1)))
    given = evaluate(early, ISSUE, date(2025, 5, 31))["payment-within-60-days"]
    assert (given.outcome, given.reasons[0].code) == (ASIDE, "before_its_time")


@pytest.mark.parametrize(
    ("pack", "on"),
    [
        (shipped_catalogue().by_id("cn-receivables-2"), TODAY),
        (CATALOGUE.by_id("cn-receivables-2"), TODAY),
        (CATALOGUE.by_id("cn-receivables-1"), LATER),
    ],
)
def test_evaluate__pack_not_in_force__refused(pack: Pack, on: date) -> None:
    with pytest.raises(PackNotInForce):
        evaluate(pack, ISSUE, on)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("registered", 1),
        ("registered", "yes"),
        ("split_layer", True),
        ("split_layer", -1),
        ("split_layer", 2.0),
        ("days_captured_late", -1),
        ("maturity", datetime(2026, 1, 1)),  # noqa: DTZ001
        ("maturity", "2026-01-01"),
        ("act", "issue"),
    ],
)
def test_facts__of_another_type__refused(name: str, value: Any) -> None:
    with pytest.raises(FactMistyped):
        replace(FINANCE, **{name: value})


@given(st.dates(date(1, 1, 1), date.max), st.integers(0, 24))
def test_add_months__any_day__same_number_or_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    if later == date.max:
        return
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(1)).day == 1
