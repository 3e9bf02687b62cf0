"""Rule packs: dated, versioned, hashed rules as data, and what they answer."""

from ledger.rules.answers import Answer, Answers, Outcome, Reason
from ledger.rules.catalogue import Catalogue, load_catalogue, shipped_catalogue
from ledger.rules.classification import Category, Classified, Exposure, classify
from ledger.rules.decision import Decision, decide, reproduce
from ledger.rules.engine import evaluate
from ledger.rules.facts import Act, Facts
from ledger.rules.pack import Pack, Period, Rule, Source

__all__ = [
    "Act",
    "Answer",
    "Answers",
    "Catalogue",
    "Category",
    "Classified",
    "Decision",
    "Exposure",
    "Facts",
    "Outcome",
    "Pack",
    "Period",
    "Reason",
    "Rule",
    "Source",
    "classify",
    "decide",
    "evaluate",
    "load_catalogue",
    "reproduce",
    "shipped_catalogue",
]
