"""A holder asks banks, their officers look and quote, the holder takes one quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from client.deal_records import DealDetail
from client.deals import read_deal
from client.drafts import valid_until
from client.financing import Offer, approval_of, check_quote, documents_root, quote_body
from client.records import DeskView, FinanceRequest, LotRecord, Quote
from ledger.business_day import DAY_SECONDS, end_of
from ledger.deals import Finance, Mode
from ledger.hexadecimal import unhexed
from ledger.ids import ClaimNo, Digest
from ledger.money import Units
from ledger.pricing import Price, Terms
from ledger.rules import Outcome
from scripts.demo.financing.registering import register
from scripts.demo.financing.story import Story, money
from scripts.terms import GivenTerms, percent_text

_REQUEST_SECONDS, _OFFER_SECONDS = 2 * DAY_SECONDS, DAY_SECONDS
_REASONS = {
    "late-capture": "Agreed on paper and paid on the value date; the contract is on file.",
    "registration-priority": "The holder asked several banks; the other one has made no deal here.",
}


@dataclass(frozen=True)
class Wish:
    """What a holder asks banks for: the first ``amount`` minor units of a lot."""

    holder: str
    lot: LotRecord
    amount: int
    mode: Mode
    value_date: date
    documents: Sequence[str] = ()


@dataclass(frozen=True)
class Answer:
    """What an officer answers with. ``loan`` is what is lent on a pledge."""

    bank: str
    given: GivenTerms
    maturity: date
    loan: Units | None = None


@dataclass(frozen=True)
class Struck:
    """A deal between a holder and a bank."""

    holder: str
    bank: str
    quote: Quote
    finance: Finance
    terms: Terms
    price: Price

    @property
    def digest(self) -> Digest:
        return Digest(unhexed(self.quote["digest"]))

    @property
    def claim(self) -> ClaimNo:
        return ClaimNo(self.finance.claim)


def ask(story: Story, wish: Wish, banks: Sequence[str]) -> dict[str, FinanceRequest]:
    """One request for each bank; none learns that others were asked."""
    start = int(wish.lot["start"])
    body = {
        "banks": [story.numbers[bank] for bank in banks],
        "claim": wish.lot["claim"],
        "lot": wish.lot["start"],
        "version": wish.lot["version"],
        "start": str(start),
        "end": str(start + wish.amount),
        "mode": wish.mode.value,
        "value_date": wish.value_date.isoformat(),
        "expires": valid_until(_REQUEST_SECONDS),
        "documents": list(wish.documents),
    }
    made = story.signer(wish.holder).api.ask_banks(body)
    return dict(zip(banks, made, strict=True))


def quote(story: Story, request: FinanceRequest, answer: Answer) -> Quote:
    """The officer registers, looks, prices and signs; a second one approves where two must."""
    officer = story.signer(answer.bank)
    register(story, answer.bank, request)
    seen = officer.api.look_at_request(request["id"])
    value_date = date.fromisoformat(request["value_date"])
    amount = Units(int(request["amount"])) if answer.loan is None else answer.loan
    until = valid_until(_OFFER_SECONDS)
    offer = Offer(
        terms=answer.given.over(amount, request["currency"], value_date, answer.maturity),
        documents=documents_root(officer.api, request),
        valid_until=until,
        pay_by=max(until, end_of(value_date)),
        justifications=_justified(seen),
    )
    body = quote_body(officer.key, officer.deployment, request, seen, offer)
    made = officer.api.add_quote(request["id"], body)
    return _approved(story, answer.bank, made) if made["status"] == "proposed" else made


def offers(story: Story, holder: str) -> list[Quote]:
    """What this holder is offered, cheapest first, each opened and checked by itself."""
    member = story.signer(holder)
    offered = [one for one in member.api.quotes() if one["status"] == "offered"]
    checked = {one["id"]: check_quote(one, member.deployment) for one in offered}
    offered.sort(key=lambda one: checked[one["id"]].price.annual_cost_bp)
    for one in offered:
        price, terms = checked[one["id"]].price, checked[one["id"]].terms
        bank = story.role_of(checked[one["id"]].finance.bank)
        story.screen.say(
            f"{bank} offers {money(price.advance)} for {money(terms.financed)}: "
            f"{percent_text(terms.rate)}, fees {money(price.fees)}, all in all "
            f"{percent_text(price.annual_cost_bp)} a year"
        )
    return offered


def accept(story: Story, holder: str, offered: Quote) -> Struck:
    """The holder countersigns what it has checked, and waits until the chain has concluded it."""
    member = story.signer(holder)
    checked = check_quote(offered, member.deployment)
    approval = approval_of(member.key, member.deployment, checked.finance)
    taken = member.api.accept_quote(offered["id"], approval)
    bank = story.role_of(checked.finance.bank)
    struck = Struck(holder, bank, taken, checked.finance, checked.terms, checked.price)
    member.api.confirmed(struck.digest)
    story.acts += 1
    return struck


def read(story: Story, party: str, struck: Struck) -> DealDetail:
    """The deal as one of its sides reads it, every opening checked."""
    return read_deal(story.signer(party).api, struck.quote["digest"])


def _approved(story: Story, bank: str, made: Quote) -> Quote:
    """The second officer looks for itself, checks what is quoted, and signs."""
    second = story.second_officer(bank)
    finance = check_quote(made, second.deployment).finance
    seen = second.api.look_at_request(made["request"])
    approval = approval_of(second.key, second.deployment, finance)
    return second.api.approve_quote(made["id"], seen["hash"], approval)


def _justified(seen: DeskView) -> dict[str, str]:
    """Reasons for the rules that ask this officer for one, and for no others."""
    answers = seen["view"]["rules"]["answers"]
    asking = [one["rule"] for one in answers if one["outcome"] == Outcome.NEEDS_JUSTIFICATION]
    return {rule: _REASONS[rule] for rule in asking if rule in _REASONS}
