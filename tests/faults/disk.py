"""The disk under the database is full: the system refuses our processes every write.

On SQLite no file of theirs may be written any more, by the limit that Linux lets one process set
for another; their logs are files too. On PostgreSQL every change of a table is refused, with the
error that it has for this.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from client.api import Api
from client.problems import ApiFault
from ledger.store.engine import Database
from scripts.services import SERVICES
from tests.faults.fault import fault
from tests.faults.scene import Scene, Unmet
from tests.support.synthetic import COUNCIL

_DISK_FULL = """
    CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END $$"""
_FILL = SQL(
    "CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE OR DELETE ON {} "
    "FOR EACH STATEMENT EXECUTE FUNCTION disk_full()"
)
_CLEAR = SQL("DROP TRIGGER disk_full ON {}")


@fault("full-disk", "the disk under the database is full: nothing can be recorded")
def full_disk(scene: Scene) -> Iterator[None]:
    pids = scene.stack.pids()
    scene.batch_in_flight()
    with scene.api() as api, _unwritable(scene.database, [pids[one] for one in SERVICES]):
        _require_put_off(api)
        scene.require_reads()
        yield
    died = [one for one in SERVICES if not scene.stack.runs(one)]
    if died:
        raise Unmet(f"{', '.join(died)} didn't survive the full disk")


def _require_put_off(api: Api) -> None:
    """The API names what is wrong, and takes nothing."""
    try:
        api.sign_in(COUNCIL[0])  # type: ignore[arg-type]
    except ApiFault as fault:
        if " answered 503: " not in str(fault):
            raise Unmet(f"a write was answered with: {fault}") from fault
    else:
        raise Unmet("a session was recorded on a full disk")


def _unwritable(database: Database, pids: Sequence[int]) -> AbstractContextManager[None]:
    return _no_file_grows(pids) if database.is_sqlite else _every_table_full(database)


@contextmanager
def _no_file_grows(pids: Sequence[int]) -> Iterator[None]:
    """Every write to a file of these processes fails with EFBIG."""
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, most) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            _lift(pid, limit)


def _lift(pid: int, limit: tuple[int, int]) -> None:
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
    except ProcessLookupError:
        return  # it didn't survive, which is for the caller to see


@contextmanager
def _every_table_full(database: Database) -> Iterator[None]:
    """Every change of any table fails as it does when PostgreSQL can't extend its file.

    Read-only mode wouldn't do: our writers ask for read-write transactions by name.
    """
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [Identifier(name) for (name,) in found.fetchall()]
        connection.execute(_DISK_FULL)
        # One at a time: nobody who holds one table and waits for another is waited for.
        for table in tables:
            connection.execute(_FILL.format(table))
        try:
            yield
        finally:
            for table in tables:
                connection.execute(_CLEAR.format(table))
            connection.execute("DROP FUNCTION disk_full")
