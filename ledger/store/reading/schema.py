"""Whether a database has the schema that this code was written for."""

from __future__ import annotations

from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ledger.store.migration import SCRIPTS


def is_current(connection: Connection) -> bool:
    """Whether the newest migration has been applied, and no newer one that isn't known here."""
    return MigrationContext.configure(connection).get_current_revision() == _newest()


@cache
def _newest() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head()
