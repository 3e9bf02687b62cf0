"""Risk after the deal: what to be alarmed at, how bad a debt is, whose move is next. Pure."""

from ledger.risk.alerts import Alert, AlertKind, Share, Urgency, alerts_of, concentration_alerts
from ledger.risk.circumstances import Circumstances, Freeze, Receipt, ReversedInvoice
from ledger.risk.classes import Debt, DebtorClass, classify_debtor
from ledger.risk.collecting import NextStep, Task, tasks_of
from ledger.risk.limits import Limits, limits_of
from ledger.risk.position import Owed, Piece, Position

__all__ = [
    "Alert",
    "AlertKind",
    "Circumstances",
    "Debt",
    "DebtorClass",
    "Freeze",
    "Limits",
    "NextStep",
    "Owed",
    "Piece",
    "Position",
    "Receipt",
    "ReversedInvoice",
    "Share",
    "Task",
    "Urgency",
    "alerts_of",
    "classify_debtor",
    "concentration_alerts",
    "limits_of",
    "tasks_of",
]
