"""`yuanliu worklist`: what people did about statement lines, signed and chained."""

from __future__ import annotations

from typing import Annotated

import typer

from client.reconciling_records import JournalEntry
from client.resolving import (
    check_journal,
    describe_resolution,
    draft_resolution,
    find_worklist_line,
    resolve,
)
from client.signing import amount_text
from ledger.hexadecimal import hexed
from ledger.resolving import Remedy
from scripts.desk import AsJson, Desk, KeyName, KeyNames, Yes, confirm
from scripts.output import note, print_fields, print_json, print_table, stderr

app = typer.Typer(
    no_args_is_help=True,
    help="Statement lines that need a person: `show worklist` lists them, this resolves them.",
)


@app.command("resolve")
def resolve_line(
    context: typer.Context,
    line: Annotated[str, typer.Argument(metavar="LINE", help="A line's id, as listed.")],
    remedy: Annotated[
        Remedy,
        typer.Option(
            help="returned: the money goes back. demanded: what is missing was asked for. "
            "elsewhere: it pays something not on this ledger. corrected: the bank's mistake."
        ),
    ],
    text: Annotated[str, typer.Option("--note", help="What was done, and how to find it again.")],
    key: KeyNames,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Sign what was done about a line that your bank, or you as a member, handed in.

    Above your party's amount for four eyes give --key once for each signer.

    \b
    yuanliu worklist resolve 3f0c… --remedy returned --note "sent back, B-881" --key clerk
    """
    desk = Desk.of(context)
    with desk.member(key[0]) as member:
        found = find_worklist_line(member.api, line)
        resolution = draft_resolution(member.api, found, remedy, text)
        print_fields(describe_resolution(resolution, member.deployment), stderr())
        confirm("resolution", agreed=yes)
        resolved = resolve(member, line, resolution, [desk.key(name) for name in key[1:]])
    if as_json:
        print_json(resolved)
    else:
        print_fields([("line", resolved["id"]), ("resolution", resolved["resolution"])])


@app.command("journal")
def journal(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List your party's resolutions, newest first, after checking every signature and the chain.

    \b
    yuanliu worklist journal --key clerk
    """
    desk = Desk.of(context)
    with desk.api(key) as api:
        found = list(api.journal())
        head = check_journal(found, desk.deployment(api))
    if as_json:
        print_json(found)
        return
    columns = ("no.>", "at", "amount>", "remedy", "note", "signed by")
    print_table(columns, map(_row, found))
    note(f"checked: {len(found)} resolutions, head {hexed(head)}")


def _row(entry: JournalEntry) -> tuple[object, ...]:
    message = entry["message"]
    amount = amount_text(int(str(message["amount"])), str(message["currency"]))
    signers = ", ".join(entry["signers"])
    at = entry["created"]
    return entry["position"], at, amount, message["remedy"], message["note"], signers
