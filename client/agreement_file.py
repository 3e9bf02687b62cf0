"""An agreement as a file that goes from hand to hand, gathering signatures without any server.

``{"kind": "Transfer", "message": {…}, "approvals": {"holder": ["0x…"], "recipient": []}}``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from client.keys import Key
from client.signing import approve
from client.wire import hexed_all
from ledger.acts import SignedAct, kind_of, read_agreement
from ledger.approvals import in_order
from ledger.canonical import read_json
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.files import replace_file
from ledger.hexadecimal import unhexed
from ledger.typed import Struct

_MAX_BYTES = 1024 * 1024


@dataclass
class NotAnAgreementFile(Refused):
    """The file has another form than the one described here."""

    reason: str
    summary: ClassVar[str] = "This is no agreement file: {reason}."


@dataclass
class UnknownSide(Refused):
    """The agreement has no such side to sign for."""

    side: str
    sides: str
    summary: ClassVar[str] = "{side!r} is no side of this agreement; its sides are {sides}."


@dataclass(frozen=True)
class AgreementFile:
    """An agreement and the approvals each side has given so far."""

    agreement: Struct
    approvals: Mapping[str, tuple[bytes, ...]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ``NotAnAgreementFile``, ``UnknownAct`` or ``MalformedAgreement``."""
        try:
            with path.open("rb") as file:
                content = read_json(file.read(_MAX_BYTES))
            agreement = read_agreement(str(content["kind"]), content["message"])
            given = dict(content.get("approvals") or {})
            sides = kind_of(agreement).sides
            approvals = {side: tuple(map(unhexed, given.pop(side, ()))) for side in sides}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotAnAgreementFile(f"{type(error).__name__}: {error}"[:200]) from None
        for unknown in given:
            raise UnknownSide(str(unknown)[:64], ", ".join(sides))
        return cls(agreement, approvals)

    def write(self, path: Path) -> None:
        """Whole or not at all."""
        replace_file(path, (json.dumps(self.to_json(), indent=2) + "\n").encode())

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": kind_of(self.agreement).name,
            "message": self.agreement.to_json(),
            "approvals": {side: hexed_all(given) for side, given in self.approvals.items()},
        }

    def signed_by(self, key: Key, side: str, deployment: Deployment) -> Self:
        """With this key's approval for a side, added once; raises ``UnknownSide``."""
        if side not in self.approvals:
            raise UnknownSide(side[:64], ", ".join(self.approvals))
        given = {*self.approvals[side], approve(key, self.agreement, deployment)}
        ordered = in_order(sorted(given), deployment.digest(self.agreement))
        return replace(self, approvals={**self.approvals, side: ordered})

    def act(self) -> SignedAct:
        return SignedAct(self.agreement, tuple(self.approvals.values()))
