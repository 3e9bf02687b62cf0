"""`yuanliu keys`: signing keys in encrypted files."""

from __future__ import annotations

from typing import Annotated

import typer

from client.keys import KeyStore, ScryptCost, address_in
from scripts.desk import AsJson, Desk
from scripts.output import note, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Signing keys in encrypted files. Offline.")

Name = Annotated[str, typer.Argument(help="Letters, digits, '.', '_' and '-'.")]


@app.command("new")
def new(
    context: typer.Context,
    name: Name,
    demonstration: Annotated[
        bool, typer.Option(help="A passphrase that is quick to try: for keys that guard nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw a new key and keep it encrypted; print its address.

    \b
    yuanliu keys new treasurer
    YUANLIU_PASSPHRASE_FILE=secret.txt yuanliu keys new treasurer --json
    """
    desk = Desk.of(context)
    cost = ScryptCost.DEMONSTRATION if demonstration else ScryptCost.STANDARD
    store = KeyStore(desk.settings.keys_dir)
    key = store.create(name, desk.passphrase(name, confirm=True), cost)
    if as_json:
        print_json({"name": name, "address": key.address, "file": str(store.path(name))})
        return
    print_fields([("address", key.address), ("file", store.path(name))])
    note("Without the passphrase nobody can use this key again: not you, not we.")


@app.command("list")
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List the keys here by name and address.

    \b
    yuanliu keys list
    """
    store = KeyStore(Desk.of(context).settings.keys_dir)
    found = [(name, address_in(store.path(name))) for name in store.names()]
    if as_json:
        print_json([{"name": name, "address": address} for name, address in found])
    else:
        print_table(["name", "address"], found)


@app.command("show")
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a key's address, as the file states it; needs no passphrase.

    \b
    yuanliu keys show treasurer
    """
    path = Desk.of(context).key_path(name)
    address = address_in(path)
    if as_json:
        print_json({"name": name, "address": address, "file": str(path)})
    else:
        print_fields([("address", address), ("file", path)])
