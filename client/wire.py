"""How bytes and verdicts travel in the API's JSON."""

from __future__ import annotations

from collections.abc import Sequence

from client.problems import refusal
from client.records import Act
from ledger.errors import Refused
from ledger.hexadecimal import hexed


def hexed_all(approvals: Sequence[bytes]) -> list[str]:
    return [hexed(approval) for approval in approvals]


def verdict(act: Act) -> Refused:
    """Why the chain refused an act."""
    found = act["refusal"] or {}
    facts = found.get("facts") or {}
    detail = f"The chain refused it: {facts}."
    return refusal({"type": found.get("name", "Refused"), "detail": detail, **facts})
