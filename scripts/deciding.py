"""How an act of the council is shown, signed by its members, and handed in or written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from client import council
from client.agreement_file import AgreementFile
from client.drafts import valid_until
from client.keys import Key
from client.signing import describe
from ledger.acts import SignedAct
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.typed import Struct
from scripts import founding
from scripts.desk import Desk, confirm
from scripts.output import note, print_fields, print_json, stderr

SIDE = "council"

Out = Annotated[
    Path | None, typer.Option(help="Don't submit: write the act here, for others to sign.")
]
Hours = Annotated[int, typer.Option(min=1, max=720, help="How long it can be signed and sent.")]


@dataclass
class OneActAFile(Refused):
    """A file holds one agreement."""

    acts: int
    summary: ClassVar[str] = "{acts} acts don't fit into one file: name the lots one by one."


@dataclass(frozen=True)
class Ending:
    """What becomes of acts that were drafted: submitted at once, or written to ``out`` for
    other members to sign, who have ``hours`` for it."""

    yes: bool
    as_json: bool
    out: Path | None
    hours: int


def decide(desk: Desk, act: Struct, names: list[str], ending: Ending) -> None:
    """One act of the council, signed by the keys of these names."""
    decide_all(desk, [act], names, ending)


def decide_all(desk: Desk, acts: Sequence[Struct], names: list[str], ending: Ending) -> None:
    """Several at once, each confirmed; what is refused is told after the others were sent."""
    drafted = [_until(act, ending.hours) for act in acts]
    keys: list[Key] = [desk.key(name) for name in names]
    if ending.out is not None:
        _write(desk, drafted, keys, ending.out, yes=ending.yes)
        return
    with desk.api_for(keys[0], names[0]) as api:
        deployment = desk.deployment(api)
        _agree(drafted, deployment, yes=ending.yes)
        signed: list[SignedAct] = [council.decide(act, keys, deployment) for act in drafted]
        confirmed = [api.confirmed(digest) for digest in api.submit_agreements(signed)]
    if ending.as_json:
        print_json(confirmed[0] if len(confirmed) == 1 else confirmed)
        return
    for one in confirmed:
        print_fields([("digest", one["digest"]), ("entry", one["entry"])])


def _until(act: Struct, hours: int) -> Struct:
    # Messages come back through the reader, so that an ill-formed address is a named refusal.
    until = {"validUntil": str(valid_until(hours * 3600))}
    return type(act).from_json(act.to_json() | until)


def _write(desk: Desk, acts: Sequence[Struct], keys: list[Key], out: Path, *, yes: bool) -> None:
    """Offline: needs the deployment record in the data folder, and no API."""
    if len(acts) != 1:
        raise OneActAFile(len(acts))
    deployment = founding.read_deployment(desk.settings)
    _agree(acts, deployment, yes=yes)
    paper = AgreementFile(acts[0], {SIDE: ()})
    for key in keys:
        paper = paper.signed_by(key, SIDE, deployment)
    paper.write(out)
    note(f"signed by {len(keys)} in {out}; the others: yuanliu sign {out} --side {SIDE} --key …")


def _agree(acts: Sequence[Struct], deployment: Deployment, *, yes: bool) -> None:
    for act in acts:
        print_fields(describe(act, deployment), stderr())
    what = type(acts[0]).__name__
    confirm(what if len(acts) == 1 else f"{what} over {len(acts)} lots", agreed=yes)
