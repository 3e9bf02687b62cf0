from __future__ import annotations

from sqlalchemy import create_engine, text


def test_postgres_url__asked_for_its_version__is_a_real_postgresql(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version: str = connection.scalar(text("SELECT version()"))
    engine.dispose()

    assert version.startswith("PostgreSQL")
