"""Run by Alembic for every command, in the transaction that ``ledger.store.migration`` began."""

from __future__ import annotations

from alembic import context

from ledger.store.migration import every_table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=every_table(),
    transactional_ddl=True,
    compare_server_default=True,
)
context.run_migrations()
