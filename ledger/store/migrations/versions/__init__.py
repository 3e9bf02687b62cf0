"""One file for each step; Alembic chains them by their revision ids."""
