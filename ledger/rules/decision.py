"""A decision: the facts, the pack's hash and the answers, kept so that anyone can repeat it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledger.canonical import Field, read_json, write_canonical
from ledger.commitments import domain_tag
from ledger.hexadecimal import hexed
from ledger.keccak import keccak
from ledger.rules.answers import Answers
from ledger.rules.catalogue import Catalogue
from ledger.rules.engine import answers_of, evaluate
from ledger.rules.errors import DecisionNotReproduced
from ledger.rules.facts import Facts, read_facts

_COMMITMENT = domain_tag("yuanliu.rules.answers.v1")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules answered on a day; ``document`` is what is stored of it."""

    KIND: ClassVar[str] = "yuanliu.rules.decision.v1"

    pack_id: str
    pack_hash: bytes
    on: date
    facts: Facts
    answers: Answers

    @property
    def commitment(self) -> bytes:
        """Which pack answered, and what: the same for every decision with these answers. It goes on
        chain with the deal."""
        answers = keccak(write_canonical(self.answers.members()))
        return keccak(_COMMITMENT + self.pack_hash + answers)

    def document(self) -> bytes:
        """The one spelling of this decision."""
        return write_canonical(
            {
                "kind": self.KIND,
                "pack": {"id": self.pack_id, "hash": hexed(self.pack_hash)},
                "on": self.on.isoformat(),
                "facts": self.facts.members(),
                "answers": self.answers.members(),
            }
        )


def decide(catalogue: Catalogue, facts: Facts, on: date) -> Decision:
    """The answers of the pack in force on that day; NoPackInForce."""
    pack = catalogue.pack_for(on)
    return Decision(pack.id, pack.hash, on, facts, evaluate(pack, facts, on))


def reproduce(catalogue: Catalogue, document: bytes) -> Decision:
    """The stored decision, evaluated again and byte for byte the same.

    Under the pack of its hash, whatever is in force by now: whether that was the right pack for
    its day, ``pack_for`` says. Raises ``MalformedFile``, ``PackMissing`` or
    ``DecisionNotReproduced``.
    """
    _, pack_field, on_field, facts_field, _ = _members(document)
    _, hash_field = pack_field.members("id", "hash")
    pack, on = catalogue.by_hash(hash_field.hash()), on_field.day()
    facts = read_facts(facts_field)
    again = Decision(pack.id, pack.hash, on, facts, answers_of(pack, facts, on))
    if again.document() != document:
        raise DecisionNotReproduced(hexed(keccak(document)), hexed(keccak(again.document())))
    return again


def _members(document: bytes) -> list[Field]:
    root = Field("decision", read_json(document))
    members = root.members("kind", "pack", "on", "facts", "answers")
    members[0].constant(Decision.KIND)
    return members
