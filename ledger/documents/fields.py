"""Reading single fields: one meaning or a named refusal, never a silent first match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from unicodedata import bidirectional, category

from lxml import etree

from ledger.documents.errors import MalformedField, MissingField, RepeatedField

_XML_SPACE = " \t\r\n"
_DATE = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MAX_EXCERPT = 64
_BREAKING = frozenset({"Cc", "Zl", "Zp"})
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


@dataclass(frozen=True)
class Fields:
    """Element lookup with a document's namespace prefixes; ``label`` names a field to people."""

    namespaces: Mapping[str, str]

    def all(self, parent: etree._Element, path: str) -> list[etree._Element]:
        """Every element at ``path`` (ElementPath with prefixes) below ``parent``."""
        return parent.findall(path, namespaces=dict(self.namespaces))

    def maybe(self, parent: etree._Element, path: str, label: str) -> etree._Element | None:
        """The element at ``path`` or None; raises ``RepeatedField`` for several."""
        found = self.all(parent, path)
        if len(found) > 1:
            raise RepeatedField(label)
        return found[0] if found else None

    def one(self, parent: etree._Element, path: str, label: str) -> etree._Element:
        """The element at ``path``; raises ``MissingField`` or ``RepeatedField``."""
        node = self.maybe(parent, path, label)
        if node is None:
            raise MissingField(label)
        return node

    def text(self, parent: etree._Element, path: str, label: str) -> str:
        """The non-empty text at ``path``; raises ``MissingField`` or ``RepeatedField``."""
        content = text_of(self.one(parent, path, label), label)
        if not content:
            raise MissingField(label)
        return content

    def maybe_text(self, parent: etree._Element, path: str, label: str) -> str:
        """The text at ``path``, or ``""`` where there is none."""
        node = self.maybe(parent, path, label)
        return "" if node is None else text_of(node, label)


def text_of(node: etree._Element, label: str) -> str:
    """An element's text without surrounding XML space; raises if it has elements inside."""
    if len(node):
        raise MalformedField(label, f"<{etree.QName(node).localname}> with elements inside")
    return (node.text or "").strip(_XML_SPACE)


def printable(text: str, label: str) -> str:
    """An identifier as it is; raises if it has line breaks, control or direction marks in it,
    with which it could pass for something else where it is shown."""
    if any(category(mark) in _BREAKING or bidirectional(mark) in _TURNING for mark in text):
        raise MalformedField(label, ascii(text)[:_MAX_EXCERPT])
    return text


def iso_date(text: str, label: str) -> date:
    """An ``xs:date``: the day as written, its time zone ignored; raises ``MalformedField``."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise MalformedField(label, text[:_MAX_EXCERPT])
    return calendar_day(match["day"], label)


def calendar_day(text: str, label: str) -> date:
    """``YYYY-MM-DD`` as a date that exists; raises ``MalformedField``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedField(label, text[:_MAX_EXCERPT]) from None
