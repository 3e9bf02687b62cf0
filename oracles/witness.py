"""What the API asks of this package, as one object: composition hands it over."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.deployment import Deployment
from ledger.documents import read_statement
from ledger.movables import ExtractReading, read_extract
from ledger.store.engine import Database
from ledger.store.keeping.attestations import Tally
from ledger.store.keeping.statements import Upload
from ledger.witnessing import Fact
from oracles.intake import take_statement
from oracles.movables import read_against_ledger
from oracles.quorum import Brought, attest


@dataclass(frozen=True)
class Witness:
    """Takes statements and attestations into one database, for one deployment."""

    database: Database
    deployment: Deployment

    def take_statement(self, upload: Upload, now: int) -> str:
        """A statement's id; raises what ``read_statement`` does. ``now`` in Unix seconds."""
        statement = read_statement(upload.content)
        return self.database.write(lambda tx: take_statement(tx, upload, statement, now))

    def attest(self, fact: Fact, approval: bytes, now: int, request_id: str | None = None) -> Tally:
        """As ``oracles.quorum.attest``, in one transaction; ``request_id`` is that of the
        request that brings the approval."""
        brought = Brought(fact, approval, now, request_id)
        return self.database.write(lambda tx: attest(tx, self.deployment, brought))

    def read_extract(self, content: bytes, now: int) -> ExtractReading:
        """What a member would sign of an extract from the movables registry, or why it wouldn't;
        raises what ``ledger.movables.read_extract`` does. Keeps nothing."""
        extract = read_extract(content)
        with self.database.read() as connection:
            return read_against_ledger(connection, extract, now)
