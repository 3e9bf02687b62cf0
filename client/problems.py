"""An API's problem (RFC 9457) as the exception it started from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, TypeVar

# Imported for the refusals they define: a problem is named after one of them.
import ledger.acts
import ledger.checks
import ledger.commitments
import ledger.documents.errors
import ledger.identifiers
import ledger.money
import ledger.proposing
import ledger.references
import ledger.refusals
import ledger.typed  # noqa: F401
from ledger.errors import Refused

T = TypeVar("T")

_URN = "urn:yuanliu:problem:"
_NOT_FOUND = "NotFound"


@dataclass
class ApiProblem(Refused):
    """A refusal that only the API knows: named and worded by the problem itself."""

    problem: str
    detail: str
    summary: ClassVar[str] = "{detail}"

    @property
    def name(self) -> str:
        return self.problem


class ApiFault(Exception):
    """The API failed or could not be reached. A fault of the system, not a refusal."""


def refusal(problem: Mapping[str, Any]) -> Refused:
    """The refusal that a problem object tells of, if the ledger knows one of this name and with
    these facts; else an ``ApiProblem``."""
    kind = str(problem.get("type", ""))
    name = kind.removeprefix(_URN) if kind.startswith(_URN) else kind.rpartition("/")[2]
    known = _refusals().get(name)
    if known is not None:
        names = [field.name for field in fields(known)]
        if all(one in problem for one in names):
            return known(**{one: problem[one] for one in names})
    detail = str(problem.get("detail") or problem.get("title") or "The API gave no reason.")
    return ApiProblem(name or "Refused", " ".join([detail, *_field_errors(problem)]))


def _field_errors(problem: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with which part of the request, where the problem lists it."""
    for error in problem.get("errors") or ():
        if isinstance(error, Mapping):
            yield f"{error.get('field', '?')}: {error.get('reason', '?')}."


def absent_as_none(ask: Callable[[], T]) -> T | None:
    """The answer, or None where there is no such thing (or it is not for the caller)."""
    try:
        return ask()
    except ApiProblem as problem:
        if problem.problem != _NOT_FOUND:
            raise
        return None


@cache
def _refusals() -> Mapping[str, type[Refused]]:
    ours = (kind for kind in _descendants(Refused) if kind.__module__.startswith("ledger."))
    return {kind.__name__: kind for kind in ours}


def _descendants(kind: type[Refused]) -> Iterator[type[Refused]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
