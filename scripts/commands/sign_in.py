"""`yuanliu sign-in`: a session that reading commands use for a quarter of an hour."""

from __future__ import annotations

import typer

from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_fields, print_json


def sign_in(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """Sign in with a key and keep the session, so that reading asks for no passphrase.

    Commands sign in by themselves; this spares typing the passphrase each time.

    \b
    yuanliu sign-in --key treasurer
    """
    desk = Desk.of(context)
    with desk.api_for(desk.key(key), key) as api:
        me = api.me()
    if as_json:
        print_json(me)
    else:
        print_fields(me.items())
