"""The day that risk is looked at on, and the rule pack of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from api.services import Services
from ledger.business_day import business_day
from ledger.risk import Limits, limits_of
from ledger.rules import Pack, shipped_catalogue


@dataclass(frozen=True)
class RiskDay:
    """``now`` in Unix seconds."""

    now: int
    on: date
    pack: Pack
    limits: Limits


def risk_day(services: Services) -> RiskDay:
    """Raises ``NoPackInForce`` or ``RuleMissing``."""
    now = services.clock()
    on = business_day(now)
    pack = shipped_catalogue().pack_for(on)
    return RiskDay(now, on, pack, limits_of(pack, on))
