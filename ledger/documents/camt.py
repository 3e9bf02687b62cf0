"""ISO 20022 bank statements: camt.053 (end of day) and camt.054 (notification), versions 2–13.

Versions differ in where status, parties and amounts stand (``Sts`` or ``Sts/Cd``, ``Dbtr`` or
``Dbtr/Pty``, ``AmtDtls/TxAmt`` or ``Amt``); each place is looked at by name, so versions after 8
read as long as they keep these. camt.052 is intraday and no proof of payment: it is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from ledger.documents.camt_balance import account_days
from ledger.documents.camt_entry import EntryReader, path
from ledger.documents.errors import (
    EmptyStatementMessage,
    NotAStatement,
    UnsupportedStatementVersion,
)
from ledger.documents.fields import Fields
from ledger.documents.statement import Statement, StatementLine
from ledger.documents.xml import load_xml

_NAMESPACE = re.compile(
    r"urn:iso:std:iso:20022:tech:xsd:(?P<message>camt\.05[34])\.001\.(?P<version>[0-9]{2})"
)
_FIRST_VERSION, _LAST_VERSION = 2, 13
_BODIES = {"camt.053": ("BkToCstmrStmt", "Stmt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


def read_statement(data: bytes) -> Statement:
    """All transactions of a camt.053 or camt.054 message.

    Raises ``NotAStatement``, ``UnsupportedStatementVersion``, ``EmptyStatementMessage``, or the
    named refusal of a field, an amount or the XML itself; nothing else.
    """
    root = load_xml(data)
    qualified = etree.QName(root)
    match = _NAMESPACE.fullmatch(qualified.namespace or "")
    if match is None or qualified.localname != "Document":
        raise NotAStatement(str(root.tag))
    version = int(match["version"])
    if not _FIRST_VERSION <= version <= _LAST_VERSION:
        raise UnsupportedStatementVersion(f"{match['message']}.001.{match['version']}")
    fields = Fields({"c": match[0]})
    body, statement = _BODIES[match["message"]]
    message = fields.maybe(root, path(body), body)
    if message is None:
        raise NotAStatement(str(root.tag))
    statements = fields.all(message, path(statement))
    if not statements:
        raise EmptyStatementMessage(match["message"])
    return Statement(
        message_id=fields.maybe_text(message, path("GrpHdr/MsgId"), "message id"),
        message=match["message"],
        version=version,
        lines=tuple(_numbered(_lines(statements, fields))),
        days=tuple(day for one in statements for day in account_days(fields, one)),
    )


def _lines(statements: list[etree._Element], fields: Fields) -> Iterator[StatementLine]:
    for statement in statements:
        reader = EntryReader(fields, statement)
        for entry in fields.all(statement, path("Ntry")):
            yield from reader.lines(entry)


def _numbered(lines: Iterable[StatementLine]) -> Iterator[StatementLine]:
    seen: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        yield replace(line, ordinal=seen[line.identity])
        seen[line.identity] += 1
