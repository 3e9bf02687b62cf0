"""The loader refuses what an attacker sends and reads what a colleague sends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.documents import errors, xml
from ledger.documents.xml import load_xml, load_xml_file, read_bounded
from ledger.errors import Refused

XXE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
BILLION_LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
)


@pytest.mark.parametrize(
    "document",
    [
        XXE,
        BILLION_LAUGHS,
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        b'<?xml version="1.0"?>\n<!-- a --><?b c?>\n' + XXE,
        b"\xef\xbb\xbf" + XXE,
        XXE.decode().encode("utf-16"),
        XXE.decode().encode("utf-16-le"),
        ('<?xml version="1.0" encoding="UTF-16"?>' + XXE.decode()).encode("utf-16"),
    ],
)
def test_load_xml__doctype__refused(document: bytes) -> None:
    with pytest.raises(errors.DoctypeRefused):
        load_xml(document)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"   ",
        b"not xml",
        b"%PDF-1.7",
        b"<a>",
        b"<a></b>",
        b"<a/><a/>",
        b"<a>\0</a>",
        b"<a>\xff\xfe</a>",
        b"<a>&undefined;</a>",
        b"<a b='1' b='2'/>",
        b'<?xml version="1.0" encoding="no-such-encoding"?><a/>',
        '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-',
        "<a/>".encode("cp500"),
        b"<!-- never closed <a/>",
        b"\0" * 64,
    ],
)
def test_load_xml__not_well_formed__named_refusal(document: bytes) -> None:
    with pytest.raises(errors.MalformedXml):
        load_xml(document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_load_xml__unicode_encodings__read(encoding: str) -> None:
    assert load_xml("<a>源流</a>".encode(encoding)).text == "源流"


def test_load_xml__declared_latin_1__read() -> None:
    document = '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")
    assert load_xml(document).text == "é"


def test_load_xml__comment_inside_a_number__number_is_whole() -> None:
    assert load_xml(b"<a>12<!-- -->34<?x?>56</a>").text == "123456"


def test_load_xml__doctype_in_character_data__read() -> None:
    assert load_xml(b"<a><![CDATA[<!DOCTYPE html>]]></a>").text == "<!DOCTYPE html>"


def test_load_xml__deep_nesting__refused() -> None:
    depth = xml.MAX_DEPTH + 1
    with pytest.raises(errors.DocumentTooDeep):
        load_xml(b"<a>" * depth + b"</a>" * depth)


def test_load_xml__nesting_beyond_libxml2_s_own_limit__refused() -> None:
    with pytest.raises((errors.DocumentTooDeep, errors.MalformedXml)):
        load_xml(b"<a>" * 100_000)


def test_load_xml__allowed_depth__read() -> None:
    load_xml(b"<a>" * xml.MAX_DEPTH + b"</a>" * xml.MAX_DEPTH)


def test_load_xml__too_many_elements__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 10)
    with pytest.raises(errors.DocumentTooBroad):
        load_xml(b"<a>" + b"<b/>" * 10 + b"</a>")


def test_load_xml__above_the_size_limit__refused_before_parsing() -> None:
    with pytest.raises(errors.DocumentTooLarge) as caught:
        load_xml(b"not even xml", max_bytes=11)
    assert (caught.value.size, caught.value.limit) == (12, 11)


def test_load_xml_file__200_megabytes__refused_without_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.xml"
    path.touch()
    os.truncate(path, 200 * 1024 * 1024)

    def never_opened(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(Path, "open", never_opened)
    with pytest.raises(errors.DocumentTooLarge):
        load_xml_file(path)


@pytest.mark.parametrize("name", ["absent.xml", "."])
def test_read_bounded__no_regular_file__named_refusal(tmp_path: Path, name: str) -> None:
    with pytest.raises(errors.UnreadableFile):
        read_bounded(tmp_path / name)


def test_load_xml_file__small_file__read(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<a/>")
    assert load_xml_file(path).tag == "a"


@given(st.binary(max_size=200))
def test_load_xml__any_bytes__element_or_named_refusal(document: bytes) -> None:
    try:
        load_xml(document)
    except Refused:
        return


@given(st.binary(max_size=60))
def test_load_xml__any_bytes_inside_a_root__element_or_named_refusal(content: bytes) -> None:
    try:
        load_xml(b"<a>" + content + b"</a>")
    except Refused:
        return
