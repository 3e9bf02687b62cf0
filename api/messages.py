"""Agreements' messages as OpenAPI schemas, derived from the structs that are signed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from api.wire import Amount, Currency, Hash, Out
from ledger import typed
from ledger.acts import ACT_KINDS, ActKind
from ledger.agreements import InvoiceUse, Issue, Merge, Payment, Transfer
from ledger.credit import CreditLine
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.deployment import Deployment
from ledger.mandates import Mandate
from ledger.resolving import LineResolution
from ledger.typed import Struct
from ledger.witnessing import FactKind

_Signer = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
_BY_KIND: dict[int, Any] = {
    id(typed.UINT8): Annotated[int, Field(ge=0, lt=2**8)],
    id(typed.UINT32): Annotated[int, Field(ge=0, lt=2**32)],
    id(typed.UINT64): Amount,
    id(typed.BOOL): bool,
    id(typed.BYTES32): Hash,
    id(typed.ADDRESS): _Signer,
    id(typed.TEXT): Annotated[str, StringConstraints(min_length=1, max_length=256)],
    id(typed.CURRENCY): Currency,
}


def _field_type(kind: typed.Kind) -> Any:
    if id(kind) in _BY_KIND:
        return _BY_KIND[id(kind)]
    member = InvoiceUseMessage if kind.eip712 == f"{InvoiceUse.__name__}[]" else _Signer
    return list[member]  # type: ignore[valid-type]


def message_model(struct: type[Struct]) -> type[BaseModel]:
    """The schema of a struct's JSON message."""
    fields: dict[str, Any] = {
        name: (_field_type(kind), ...) for name, kind in struct.FIELDS.items()
    }
    return create_model(
        f"{struct.__name__}Message",
        __config__=ConfigDict(extra="forbid"),
        __doc__=struct.__doc__,
        **fields,
    )


InvoiceUseMessage = message_model(InvoiceUse)
IssueMessage = message_model(Issue)
TransferMessage = message_model(Transfer)
MergeMessage = message_model(Merge)
PaymentMessage = message_model(Payment)
RemittanceMessage = message_model(Remittance)
RegistrationMessage = message_model(Registration)
FactMessage = PaymentMessage | RemittanceMessage | RegistrationMessage
MandateMessage = message_model(Mandate)
CreditLineMessage = message_model(CreditLine)
LineResolutionMessage = message_model(LineResolution)
BuyBackMessage = message_model(BuyBack)
RepaymentMessage = message_model(Repayment)
SurplusMessage = message_model(Surplus)
DemandMessage = message_model(Demand)
EnforcementMessage = message_model(Enforcement)
RescissionMessage = message_model(Rescission)
ProposalMessage = (
    IssueMessage
    | TransferMessage
    | MergeMessage
    | BuyBackMessage
    | RepaymentMessage
    | SurplusMessage
    | DemandMessage
    | EnforcementMessage
    | RescissionMessage
)
ProposalKind = Literal[
    "Issue",
    "Transfer",
    "Merge",
    "BuyBack",
    "Repayment",
    "Surplus",
    "Demand",
    "Enforcement",
    "Rescission",
]


def _any_of(kinds: Any) -> dict[str, Any]:
    named = [{"$ref": f"#/components/schemas/{kind}Message"} for kind in get_args(kinds)]
    return {"anyOf": named}


MESSAGE_SCHEMA = _any_of(ProposalKind)
FACT_SCHEMA = _any_of(FactKind)
"""Read by ``Struct.from_json``, whose refusals name the field; shown as the same schema."""


class TypedField(Out):
    name: str
    type: str


class SigningDomain(Out):
    name: str
    version: str
    chainId: int  # noqa: N815 - EIP-712's own names
    verifyingContract: str  # noqa: N815


class ProposalTypedData(Out):
    """EIP-712 JSON, as ``eth_signTypedData_v4`` takes it."""

    types: dict[str, list[TypedField]]
    primaryType: str  # noqa: N815
    domain: SigningDomain
    message: ProposalMessage  # type: ignore[valid-type]


def typed_data(agreement: Struct, deployment: Deployment) -> ProposalTypedData:
    return ProposalTypedData(**typed.typed_data(agreement, deployment.domain(agreement)))


def _agreement_schema(kind: ActKind) -> dict[str, Any]:
    """One kind of signed agreement, for the bulk endpoint, which reads its body by itself."""
    model = message_model(kind.struct)
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    side = {"type": "array", "items": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40,4096}$"}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["kind", "message", "approvals"],
        "properties": {
            "kind": {"const": kind.name},
            "message": schema,
            "approvals": {
                "type": "array",
                "items": side,
                "minItems": len(kind.sides),
                "maxItems": len(kind.sides),
                "description": f"Sides: {', '.join(kind.sides)}; each rising by signer.",
            },
        },
    }


def agreements_schema(most: int) -> dict[str, Any]:
    """The bulk endpoint's request body."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["agreements"],
        "properties": {
            "agreements": {
                "type": "array",
                "minItems": 1,
                "maxItems": most,
                "items": {"oneOf": [_agreement_schema(kind) for kind in ACT_KINDS]},
            }
        },
    }
