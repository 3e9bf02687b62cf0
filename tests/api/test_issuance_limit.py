"""What a debtor's banks let it issue is held to where an issue is accepted, and only there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.commitments import EMPTY_ROOT, root
from ledger.credit import CreditLine
from ledger.hexadecimal import unhexed
from ledger.keccak import keccak
from ledger.refusals import InvoiceOverused
from ledger.store.line_use import differences
from tests.api.test_lines import other_bank, put
from tests.api.world import BANK, CORE, STRANGER, TIER1, World, einvoice, problem_of
from tests.support.synthetic import MATURITY

LIMIT = CreditLine(BANK, CORE, "issuance", "CNY", 1_000, 2027_12_31, "limit", 0, FOREVER)


def _issue(name: str, face: int, currency: str = "CNY") -> Issue:
    use = InvoiceUse(keccak(name.encode()), face, face, 0)
    return Issue(CORE, TIER1, currency, face, MATURITY, (use,), EMPTY_ROOT, FOREVER)


def _submitted(world: World, *issues: Issue, who: int = TIER1) -> list[dict[str, Any]]:
    return world.submit(who, *map(world.concluded, issues))


def _limits(world: World) -> list[tuple[str, str, str]]:
    items = world.get(CORE, "/v1/issuance-limits").json()["items"]
    return [(one["limit"], one["used"], one["remaining"]) for one in items]


def _wrong(world: World) -> list[str]:
    with world.database.read() as connection:
        return differences(connection)


def test_issue__no_bank_set_a_limit__is_free(world: World) -> None:
    put(world, replace(LIMIT, party=CORE, kind="debtor"))
    (answer,) = _submitted(world, _issue("a", 10**9))
    assert answer["status"] == "accepted"
    assert _limits(world) == []


def test_issues__beyond_the_limit__refuse_themselves_alone_and_change_nothing(
    world: World,
) -> None:
    put(world, LIMIT)
    made = _submitted(world, _issue("a", 600), _issue("b", 401), _issue("c", 400))
    assert [one["status"] for one in (made[0], made[2])] == ["accepted", "accepted"]
    problem = made[1]["problem"]
    assert problem["type"] == "urn:yuanliu:problem:IssuanceLimitReached"
    # No bank, no limit, no use: the supplier that hands it in must not learn them.
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "debtor"}
    assert not {"600", "1000", "400"} & set(problem["detail"].split())
    assert len(world.waiting()) == 2
    assert _limits(world) == [("1000", "1000", "0")]
    world.mine()
    assert _limits(world) == [("1000", "1000", "0")]
    assert _submitted(world, _issue("d", 1))[0]["problem"]["status"] == 409


def test_issue__the_same_again__takes_up_once_even_when_nothing_is_left(world: World) -> None:
    put(world, LIMIT)
    for _ in range(3):
        assert _submitted(world, _issue("a", 1_000))[0]["status"] == "accepted"
    assert _limits(world) == [("1000", "1000", "0")]
    both = _submitted(world, _issue("b", 1), _issue("b", 1))
    assert ["problem" in one for one in both] == [True, True]


def test_issue__accepted_before_there_was_a_limit__stays_what_it_is(world: World) -> None:
    _submitted(world, _issue("a", 5_000))
    put(world, LIMIT)
    assert _submitted(world, _issue("a", 5_000))[0]["status"] == "accepted"
    assert _limits(world) == [("1000", "0", "1000")]


def test_issue__refused_by_the_chain__returns_what_it_took(world: World) -> None:
    put(world, LIMIT)
    issue = _issue("a", 700)
    _submitted(world, issue)
    world.refuse(InvoiceOverused("0x" + "00" * 32, 0, 0))
    assert _limits(world) == [("1000", "0", "1000")]
    # The same call stays refused, and takes nothing up.
    assert _submitted(world, issue)[0]["status"] == "refused"
    assert _limits(world) == [("1000", "0", "1000")]
    assert _wrong(world) == []


def test_issue__refused_and_taken_up_with_another_call__is_held_to_the_limit_again(
    world: World,
) -> None:
    put(world, LIMIT)
    issue = _issue("a", 700)
    refused = world.concluded(issue)
    # A contract account's word, which the chain alone can check: here it says no.
    refused["approvals"][1] = [world.key(TIER1).address + "ab" * 70]
    world.submit(TIER1, refused)
    assert len(world.waiting()) == 1
    world.refuse(InvoiceOverused("0x" + "00" * 32, 0, 0))
    _submitted(world, _issue("b", 400))
    (answer,) = _submitted(world, issue)
    assert answer["problem"]["type"].endswith("IssuanceLimitReached")
    assert _limits(world) == [("1000", "400", "600")]
    put(world, replace(LIMIT, limit=1_100, version=1))
    assert _submitted(world, issue)[0]["status"] == "accepted"
    assert _limits(world) == [("1100", "1100", "0")]
    assert _wrong(world) == []
    world.mine()
    assert _limits(world) == [("1100", "1100", "0")]


def test_issue__in_another_currency_or_of_another_debtor__is_free(world: World) -> None:
    put(world, LIMIT)
    assert _submitted(world, _issue("a", 5_000, "EUR"))[0]["status"] == "accepted"
    assert _limits(world) == [("1000", "0", "1000")]


def test_limit__has_ended__nothing_more_is_issued(world: World) -> None:
    put(world, replace(LIMIT, expiresOn=2026_11_17))
    assert "problem" in _submitted(world, _issue("a", 1))[0]
    assert _limits(world) == [("0", "0", "0")]


def test_limit__lowered_below_what_is_issued__refused(world: World) -> None:
    put(world, LIMIT)
    _submitted(world, _issue("a", 700))
    assert problem_of(put(world, replace(LIMIT, limit=699, version=1))) == "LineBelowUse"
    assert put(world, replace(LIMIT, limit=700, version=1)).json()["remaining"] == "0"


def test_limits__of_two_banks__each_sees_its_own_use(world: World) -> None:
    rival = other_bank(world)
    put(world, LIMIT)
    put(world, replace(LIMIT, bank=rival, limit=500), who=rival)
    _submitted(world, _issue("a", 1_200))
    assert _limits(world) == [("1500", "1200", "300")]
    for bank, used in ((BANK, "1000"), (rival, "200")):
        (line,) = world.get(bank, "/v1/lines").json()["items"]
        assert line["open"] == used
        (holder,) = world.get(bank, f"/v1/lines/{line['id']}/holders").json()["items"]
        assert (holder["held"], holder["claim"]) == (used, None)
    (exposure,) = world.get(rival, f"/v1/exposures/{CORE}").json()["items"]
    assert exposure["open"] == "200"


def test_proposal__beyond_the_limit__is_refused_and_stays_ready(world: World) -> None:
    document = world.upload(TIER1, "/v1/documents", einvoice()).json()
    total, fingerprint = int(document["invoice"]["payable"]), unhexed(document["fingerprint"])
    put(world, replace(LIMIT, limit=total - 1))
    issue = replace(
        _issue("a", total),
        invoices=(InvoiceUse(fingerprint, total, total, 0),),
        documents=root([unhexed(document["commitment"])]),
    )
    body = {
        "kind": "Issue",
        "message": issue.to_json(),
        "documents": [document["id"]],
        "approvals": [world.approval(world.key(TIER1), issue)],
    }
    made = world.post(TIER1, "/v1/proposals", body).json()
    path = f"/v1/proposals/{made['id']}"
    signed = {"approval": world.approval(world.key(CORE), issue)}
    assert world.post(CORE, f"{path}/approvals", signed).json()["status"] == "ready"
    answer = world.post(TIER1, f"{path}/submission", {})
    assert problem_of(answer) == "IssuanceLimitReached"
    assert world.get(TIER1, path).json()["status"] == "ready"
    assert (world.waiting(), _limits(world)[0][1]) == ([], "0")
    put(world, replace(LIMIT, limit=total, version=1))
    for _ in range(2):
        assert world.post(TIER1, f"{path}/submission", {}).status_code == 202
    assert _limits(world) == [(str(total), str(total), "0")]


def test_issue__handed_in_by_a_stranger__takes_up_the_same(world: World) -> None:
    put(world, LIMIT)
    assert _submitted(world, _issue("a", 600), who=STRANGER)[0]["status"] == "accepted"
    assert _limits(world) == [("1000", "600", "400")]
