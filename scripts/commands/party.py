"""`yuanliu party`: who takes part, and how one's own party is called and paid."""

from __future__ import annotations

from typing import Annotated

import typer

from client.records import Party
from ledger.ids import PartyNo
from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Parties: who takes part, under which number.")


@app.command("list")
def list_parties(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List the parties enrolled.

    \b
    yuanliu party list --key treasurer
    """
    with Desk.of(context).api(key) as api:
        found = list(api.parties())
    if as_json:
        print_json(found)
    else:
        print_table(["no.>", "name", "identifier", "roles", "active"], map(_row, found))


@app.command("show")
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The party's number.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Show one party; signers and thresholds only of one's own.

    \b
    yuanliu party show 3 --key treasurer
    """
    with Desk.of(context).api(key) as api:
        found = api.party(PartyNo(number))
    if as_json:
        print_json(found)
    else:
        print_fields(found.items())


@app.command("profile")
def profile(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What others are to see as your name.")],
    key: KeyName,
    account: Annotated[str, typer.Option(help="IBAN, or the bank's own account number.")] = "",
    bic: Annotated[str, typer.Option(help="Your bank's BIC.")] = "",
    clearing_code: Annotated[str, typer.Option(help="Your bank's 12-digit line number.")] = "",
    bank: Annotated[str, typer.Option(help="Your bank's name.")] = "",
) -> None:
    """Say how your party is called and where it is paid.

    \b
    yuanliu party profile --key treasurer --name "Fictional Bearings Co., Ltd." \\
        --account DE89370400440532013000 --bank "Fictional Bank"
    """
    with Desk.of(context).api(key) as api:
        api.put_profile(name, account_of(account, bic, clearing_code, bank) if account else None)


def account_of(account: str, bic: str, clearing_code: str, bank: str) -> dict[str, str]:
    """A profile's account; only what is given."""
    given = {
        "account": account,
        "agent_bic": bic,
        "clearing_code": clearing_code,
        "agent_name": bank,
    }
    return {name: value for name, value in given.items() if value}


def _row(party: Party) -> tuple[object, ...]:
    active = "yes" if party["active"] else "no"
    roles = ", ".join(party["roles"])
    return party["number"], party["name"], party["identifier"], roles, active
