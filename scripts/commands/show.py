"""`yuanliu show`: receivables, lots, acts and the worklist, as far as one may see them."""

from __future__ import annotations

from typing import Annotated

import typer

from client.records import Act, Council, LotRecord, StatementLineRecord
from client.signing import amount_text
from ledger.ids import ClaimNo, Digest
from ledger.typed import BYTES32
from scripts.desk import AsJson, Desk, KeyName
from scripts.lots import Place
from scripts.output import print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Look at what your party may see.")

_LOT_COLUMNS = ("claim>", "units>", "amount>", "holder>", "state", "version>", "payment reference")


@app.command("receivable")
def receivable(
    context: typer.Context,
    claim: Annotated[int, typer.Argument(help="The claim's number.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Show a receivable and its lots.

    \b
    yuanliu show receivable 12 --key treasurer
    """
    with Desk.of(context).api(key) as api:
        header = api.receivable(ClaimNo(claim))
        lots = list(api.lots_of(ClaimNo(claim)))
    if as_json:
        print_json(header | {"lots": lots})
        return
    print_fields(header.items())
    print_table(_LOT_COLUMNS, map(_lot_row, lots))


@app.command("consortium")
def consortium(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """Show who decides, who witnesses, whose nodes run, and which contracts may post.

    \b
    yuanliu show consortium --key treasurer
    """
    with Desk.of(context).api(key) as api:
        council, oracles = api.council(), api.oracles()
        validators, policies = api.validators(), api.policies()
    if as_json:
        found = {"council": council, "oracles": oracles}
        print_json({**found, "validators": validators, "policies": policies})
        return
    print_fields([("council", _bench(council)), ("oracles", _bench(oracles))])
    print_table(
        ("validator", "party>", "power>", "version>"),
        ((one["key"], one["party"], one["power"], one["version"]) for one in validators),
    )
    print_table(
        ("policy", "may post"),
        ((one["policy"], "yes" if one["authorised"] else "no") for one in policies),
    )


@app.command("receivables")
def receivables(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List the receivables your party may see.

    \b
    yuanliu show receivables --key treasurer
    """
    with Desk.of(context).api(key) as api:
        found = list(api.receivables())
    if as_json:
        print_json(found)
        return
    columns = ("claim>", "debtor>", "creditor>", "face>", "maturity")
    print_table(
        columns,
        (
            (
                one["claim"],
                one["debtor"],
                one["creditor"],
                amount_text(int(one["face"]), one["currency"]),
                one["maturity"],
            )
            for one in found
        ),
    )


@app.command("lots")
def lots(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List the live lots your party holds.

    \b
    yuanliu show lots --key supplier
    """
    with Desk.of(context).api(key) as api:
        found = list(api.my_lots())
    if as_json:
        print_json(found)
    else:
        print_table(_LOT_COLUMNS, map(_lot_row, found))


@app.command("lot")
def lot(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CLAIM:START", help="A lot, e.g. 12:0.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Show what a lot has been through, oldest first.

    \b
    yuanliu show lot 12:0 --key supplier
    """
    place = Place.named(name)
    with Desk.of(context).api(key) as api:
        found = list(api.lot_history(place.claim, place.start))
    if as_json:
        print_json(found)
    else:
        print_table(_LOT_COLUMNS, map(_lot_row, found))


@app.command("act")
def act(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(help="The act's digest, 0x and 64 digits.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Show how far an act has come.

    \b
    yuanliu show act 0x5c1f… --key treasurer
    """
    with Desk.of(context).api(key) as api:
        show_act(api.act(read_digest(digest)), as_json=as_json)


@app.command("worklist")
def worklist(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List statement lines that need a person, each with its reason; `worklist resolve` next.

    \b
    yuanliu show worklist --key bank
    """
    with Desk.of(context).api(key) as api:
        found = list(api.worklist())
    if as_json:
        print_json(found)
        return
    columns = ("id", "end-to-end id", "amount>", "booked on", "reason")
    print_table(columns, map(_worklist_row, found))


def show_act(found: Act, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_fields(found.items())


def read_digest(text: str) -> Digest:
    """A digest as typed in; raises ``NotADigest``."""
    try:
        return Digest(BYTES32.from_json(text))
    except ValueError as error:
        raise typer.BadParameter(f"a digest {error}") from None


def _bench(found: Council | None) -> str:
    if found is None:
        return "none named yet"
    members = ", ".join(found["members"])
    return f"epoch {found['epoch']}, {found['quorum']} of {len(found['members'])}: {members}"


def _worklist_row(line: StatementLineRecord) -> tuple[object, ...]:
    amount = amount_text(int(line["amount"]), line["currency"])
    reason = line["reason"] or ("repeated" if line["repeated"] else None)
    return line["id"], line["end_to_end_id"], amount, line["booked_on"], reason


def _lot_row(record: LotRecord) -> tuple[object, ...]:
    return (
        record["claim"],
        f"{int(record['start']):,}–{int(record['end']):,}",
        amount_text(int(record["end"]) - int(record["start"]), record["currency"]),
        record["holder"],
        record["state"],
        record["version"],
        record["reference"] if record["state"] == "live" else "",
    )
