"""`yuanliu council freeze`, `thaw` and `recover`: lots, on an authority's order or a key's loss."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from client import deal_drafts
from client.evidence import Evidence
from ledger.errors import Refused
from ledger.ids import Address, PartyNo
from ledger.store.connection import Connection
from ledger.store.engine import open_database
from ledger.store.reading.receivables import current_lots, list_lots
from ledger.visibility import Scope, View
from ledger.words import OUTSTANDING, Lot, LotRef, LotState
from scripts.deciding import Ending, Hours, Out, decide_all
from scripts.desk import AsJson, Desk, KeyNames, Yes
from scripts.lots import Place
from scripts.output import note
from scripts.settings import Settings

_AT_ONCE = 1_000
_OUTSIDE = Address("0x" + 40 * "0")

LotName = Annotated[
    str | None, typer.Argument(metavar="[CLAIM:START]", help="One lot; else all of --party.")
]
Of = Annotated[int | None, typer.Option("--party", help="All lots that this party holds.")]
EvidenceFile = Annotated[
    Path, typer.Option("--evidence", help="The order, or the proof of loss: any file.")
]


@dataclass
class NoSuchLots(Refused):
    """Nothing that the order could be carried out on."""

    states: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "There is no {states} lot there."


@dataclass
class LotOrParty(Refused):
    """An order is over one lot, or over all of one party's."""

    summary: ClassVar[str] = "Name either one lot or a --party."


def freeze(
    context: typer.Context,
    evidence: EvidenceFile,
    key: KeyNames,
    lot: LotName = None,
    party: Of = None,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """Freeze a lot, or all lots of a party, on an authority's order: none can move or be paid.

    The chain holds a salted commitment to the order; the salt is kept beside its file. Which lots
    there are is read in the operator's database. To keep a party from acting, `council amend` it.

    \b
    yuanliu council freeze 12:0 --evidence order.pdf --key council-1 --key council-2
    yuanliu council freeze --party 4 --evidence order.pdf --key council-1 --key council-2
    """
    desk = Desk.of(context)
    lots = _lots(desk.settings, lot, party, (LotState.LIVE,))
    proof = _proof(evidence)
    acts = [deal_drafts.order(one, proof, freeze=True) for one in lots]
    decide_all(desk, acts, key, Ending(yes, as_json, out, hours))


def thaw(
    context: typer.Context,
    evidence: EvidenceFile,
    key: KeyNames,
    lot: LotName = None,
    party: Of = None,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """End the freeze of a lot, or of all frozen lots of a party.

    \b
    yuanliu council thaw 12:0 --evidence release.pdf --key council-1 --key council-2
    """
    desk = Desk.of(context)
    lots = _lots(desk.settings, lot, party, (LotState.FROZEN,))
    proof = _proof(evidence)
    acts = [deal_drafts.order(one, proof, freeze=False) for one in lots]
    decide_all(desk, acts, key, Ending(yes, as_json, out, hours))


def recover(
    context: typer.Context,
    evidence: EvidenceFile,
    to: Annotated[int, typer.Option(help="The party that stands in the holder's place.")],
    key: KeyNames,
    lot: LotName = None,
    party: Of = None,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """Give a lot, or all lots of a party, to whoever stands in its place: after the loss of its
    keys, or a succession. Liens and freezes go with the lot.

    \b
    yuanliu council recover --party 4 --to 9 --evidence loss.pdf --key council-1 --key council-2
    """
    desk = Desk.of(context)
    lots = _lots(desk.settings, lot, party, OUTSTANDING)
    proof = _proof(evidence)
    acts = [deal_drafts.recovery(one, PartyNo(to), proof) for one in lots]
    decide_all(desk, acts, key, Ending(yes, as_json, out, hours))


def register(app: typer.Typer) -> None:
    """Adds these commands to `yuanliu council`."""
    app.command("freeze")(freeze)
    app.command("thaw")(thaw)
    app.command("recover")(recover)


def _proof(file: Path) -> bytes:
    evidence = Evidence.of(file)
    note(f"the salt that opens the order's commitment is in {evidence.salt_file}")
    return evidence.commitment


def _lots(
    settings: Settings, name: str | None, party: int | None, states: tuple[LotState, ...]
) -> list[Lot]:
    """In the operator's database: council members see no party's lots through the API."""
    if (name is None) is (party is None):
        raise LotOrParty
    database = open_database(settings.database_url)
    try:
        with database.read() as connection:
            if name is not None:
                found = _lot_named(connection, Place.named(name))
            else:
                found = _lots_of(connection, PartyNo(party or 0))
    finally:
        database.close()
    wanted = [lot for lot in found if lot.state in states]
    if not wanted:
        raise NoSuchLots(" or ".join(state.name.lower() for state in states))
    return wanted


def _lot_named(connection: Connection, place: Place) -> list[Lot]:
    ref = LotRef(place.claim, place.start, 0)
    return [lot for lot, _ in current_lots(connection, [ref]).values()]


def _lots_of(connection: Connection, party: PartyNo) -> list[Lot]:
    scope = Scope(_OUTSIDE, party, (View(party),), is_council=False, is_oracle=False)
    found: list[Lot] = []
    while True:
        behind = (found[-1].claim, found[-1].start) if found else (0, -1)
        page = list_lots(connection, scope, behind, _AT_ONCE, holder=party)
        found += [held.lot for held in page]
        if len(page) < _AT_ONCE:
            return found
