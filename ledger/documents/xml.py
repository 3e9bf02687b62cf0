"""The one XML loader: no entities, no network, no surprise in size or depth."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from ledger.documents.errors import (
    DoctypeRefused,
    DocumentTooBroad,
    DocumentTooDeep,
    DocumentTooLarge,
    MalformedXml,
    UnreadableFile,
)

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000

_CHUNK_BYTES = 64 * 1024
_BYTE_ORDER_MARK = rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?"
_PROLOG = re.compile(_BYTE_ORDER_MARK + rb"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_PROLOG_SCAN_BYTES = 64 * 1024


def load_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of a document, without comments or processing instructions.

    Size is checked before parsing; a DOCTYPE before any entity could be read. Raises
    ``DocumentTooLarge``, ``DoctypeRefused``, ``DocumentTooDeep``, ``DocumentTooBroad`` or
    ``MalformedXml``; no lxml exception escapes.
    """
    if len(data) > max_bytes:
        raise DocumentTooLarge(len(data), max_bytes)
    _refuse_doctype(data)
    try:
        root = _parse(data)
    except (etree.LxmlError, LookupError, ValueError) as error:
        raise MalformedXml(_reason(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DoctypeRefused
    return root


def read_bounded(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """A file's bytes; a file above ``max_bytes`` is refused by its size, without being read.

    Raises ``DocumentTooLarge`` or ``UnreadableFile`` (absent, not a regular file, forbidden).
    """
    try:
        if not path.is_file():
            raise UnreadableFile(str(path))
        size = path.stat().st_size
        if size > max_bytes:
            raise DocumentTooLarge(size, max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError:
        raise UnreadableFile(str(path)) from None
    if len(data) > max_bytes:
        raise DocumentTooLarge(len(data), max_bytes)
    return data


def load_xml_file(path: Path, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """``load_xml`` of ``read_bounded``."""
    return load_xml(read_bounded(path, max_bytes=max_bytes), max_bytes=max_bytes)


def _refuse_doctype(data: bytes) -> None:
    """Look past the prolog, in any encoding that writes ASCII as one byte and padding zeros.

    What follows has to be an element; other encodings fail here, so none can hide a DOCTYPE.
    """
    text = data[:_PROLOG_SCAN_BYTES].replace(b"\0", b"")
    prolog = _PROLOG.match(text)
    rest = text[prolog.end() :] if prolog else text
    if rest.startswith(b"<!DOCTYPE"):
        raise DoctypeRefused
    if not rest.startswith(b"<") or rest.startswith(b"<!"):
        raise MalformedXml("no root element where one has to start")


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = elements = 0
    for offset in range(0, len(data), _CHUNK_BYTES):
        parser.feed(data[offset : offset + _CHUNK_BYTES])
        for event, _ in parser.read_events():
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > MAX_DEPTH:
                raise DocumentTooDeep(MAX_DEPTH)
        if elements > MAX_ELEMENTS:
            raise DocumentTooBroad(MAX_ELEMENTS)
    root: etree._Element = parser.close()
    return root


def _reason(error: Exception) -> str:
    text = error.msg if isinstance(error, etree.XMLSyntaxError) else str(error)
    message = str(text).split("\n", maxsplit=1)[0]
    return message.rstrip(".") or type(error).__name__
