"""Named refusals: one name shared by a contract's custom error, an exception and an API problem.

A refusal is a fact about the request, not a fault of the system: nothing was changed, and
the caller can read from its name and fields what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass
class Refused(Exception):
    """Base of every named refusal.

    Subclasses are dataclasses whose fields are the facts (integers in minor units, hex
    strings, dates as ISO text); ``summary`` is a sentence with those fields filled in, and
    ``status`` the HTTP status the API answers with.
    """

    status: ClassVar[int] = 422
    summary: ClassVar[str] = "The request was refused."

    @property
    def name(self) -> str:
        """The name that the contract, the log and the API all use."""
        return type(self).__name__

    def facts(self) -> dict[str, Any]:
        """The refusal's fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.name}: {self.summary.format(**self.facts())}"
