"""`yuanliu status`: how operation goes, as the API's page /status shows it."""

from __future__ import annotations

import typer

from scripts.desk import AsJson, Desk
from scripts.output import note, print_fields, print_json, stdout

TROUBLES = 1


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show heights, queue, refusals, services. Exit code 1 when something isn't as it should be.

    \b
    yuanliu status
    yuanliu status --json
    """
    from api.status import Status
    from api.status_page import tables

    with Desk.of(context).open_api() as api:
        found = api.operation()
    shown = Status.model_validate(found)
    if as_json:
        print_json(found)
    else:
        for title, rows in tables(shown):
            stdout().print(f"\n[bold]{title}[/bold]")
            print_fields((f"  {name}", value) for name, value in rows)
        for trouble in shown.troubles:
            note(trouble)
    if shown.troubles:
        raise typer.Exit(TROUBLES)
