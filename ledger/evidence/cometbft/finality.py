"""A signed header as finality: the state's root, and who stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ledger.canonical import Field
from ledger.evidence.cometbft.anchor import CometAnchor
from ledger.evidence.cometbft.commit import NEEDED, SignedHeader
from ledger.evidence.interface import Anchor, Finalised
from ledger.evidence.refusals import KindMismatch


@dataclass(frozen=True, slots=True)
class CometFinality:
    """The state after block H stands in header H+1, so that is the one that is signed here."""

    kind: ClassVar[str] = "cometbft"

    signed: SignedHeader

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind} | self.signed.to_json()

    @classmethod
    def read(cls, source: Field) -> Self:
        _, header, commit = source.members("kind", "header", "commit")
        inner = Field(source.path, {"header": header.value, "commit": commit.value})
        return cls(SignedHeader.read(inner))

    def check(self, anchor: Anchor) -> Finalised:
        """As ``Finality.check``. The anchor's own links are checked first."""
        if not isinstance(anchor, CometAnchor):
            raise KindMismatch(self.kind, anchor.kind)
        anchor.check()
        anchor.require_chain(self.signed)
        header = self.signed.header
        validators = anchor.in_force(header.height)
        power = self.signed.signed_power(validators)
        return Finalised(
            state_root=header.app_hash,
            state_height=header.height - 1,
            height=header.height,
            time=header.time,
            signed_power=power,
            total_power=validators.power,
            needed=NEEDED,
            signers=tuple(vote.validator for vote in self.signed.commit.votes),
            validators=validators.addresses,
            keys=tuple(validator.key for validator in validators.validators),
            powers=tuple(validator.power for validator in validators.validators),
        )
