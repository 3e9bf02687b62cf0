"""Entries' calls: read strictly, carried out by the rule of their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eth_abi.exceptions import DecodingError

from ledger.acts import (
    ATTESTATIONS,
    REGISTRY,
    Equivocation,
    PolicyEnacted,
    SignedAct,
    UnknownAct,
    decode_call,
    enact_policy_call,
    equivocation_call,
)
from ledger.agreements import (
    Amendment,
    Constitution,
    Enrolment,
    Issue,
    Merge,
    OracleConfig,
    Payment,
    PolicyChange,
    Transfer,
    ValidatorChange,
)
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Order,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.fold import financing, orders, payments, receivables, registry, validators
from ledger.fold.findings import MemoNotCanonical, MemoUnreadable
from ledger.fold.step import Expected, Step
from ledger.typed import Struct

Call = SignedAct | PolicyEnacted | Equivocation

_RULES: Mapping[type[Struct], Callable[..., Expected]] = {
    Enrolment: registry.enrol,
    Amendment: registry.amend,
    Constitution: registry.constitute,
    PolicyChange: registry.change_policy,
    OracleConfig: registry.configure,
    ValidatorChange: validators.change,
    Issue: receivables.issue,
    Transfer: receivables.transfer,
    Merge: receivables.merge_lots,
    Payment: payments.settle,
    Finance: financing.conclude,
    Remittance: financing.prove,
    Rescission: financing.rescind,
    BuyBack: financing.buy_back,
    Demand: financing.demand_recourse,
    Surplus: financing.admit_surplus,
    Repayment: financing.agree_repayment,
    Enforcement: financing.enforce,
    Registration: financing.register,
    Order: orders.order,
    Recovery: orders.recover,
}


def read_call(step: Step) -> Call:
    """The call in an entry's memo; MemoUnreadable. One in other than canonical bytes is noted."""
    memo = step.entry.memo
    try:
        call = decode_call(memo)
    except (DecodingError, UnknownAct, UnicodeDecodeError, OverflowError) as error:
        # The decoder overflows on lengths beyond 2**63.
        raise MemoUnreadable(str(error)) from None
    if _call_data(call) != memo:
        step.broken(MemoNotCanonical())
    return call


def contract_of(call: Call) -> str:
    """The contract that takes such calls and posts them."""
    match call:
        case SignedAct():
            return call.kind.contract
        case PolicyEnacted():
            return REGISTRY
        case Equivocation():
            return ATTESTATIONS


def carry_out(step: Step, call: Call) -> Expected:
    """Does to the state what the call did on the chain; the entry that makes of it."""
    match call:
        case SignedAct():
            return _RULES[type(call.agreement)](step, call.agreement, *call.approvals)
        case PolicyEnacted():
            return registry.enact_policy(step, call)
        case Equivocation():
            return payments.record_equivocation(step, call)


def _call_data(call: Call) -> bytes:
    match call:
        case SignedAct():
            return call.call_data()
        case PolicyEnacted():
            return enact_policy_call(call.policy)
        case Equivocation():
            return equivocation_call(call)
