"""`yuanliu watch`: entries of the ledger as they come."""

from __future__ import annotations

from typing import Annotated

import typer

from client.records import Event
from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_line, stdout


def watch(
    context: typer.Context,
    key: KeyName,
    after: Annotated[
        str | None, typer.Option(help="Begin after this entry; else with the next one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow what happens, until you press Ctrl-C; with --json one object a line.

    \b
    yuanliu watch --key treasurer
    yuanliu watch --key treasurer --after 120 --json
    """
    with Desk.of(context).member(key) as member:
        while True:
            for event in member.api.events(after):
                after = event["id"]
                if as_json:
                    print_line(event)
                else:
                    stdout().print(_line(event), markup=False, soft_wrap=True)
            # The stream ends with the session it was opened in.
            member.api.sign_in(member.key)


def _line(event: Event) -> str:
    facts = "  ".join(f"{name}={value}" for name, value in event["data"].items())
    return f"{event['id']:>6}  {event['event']:<12}  {facts}"
