"""Bad bodies and files, against a whole stack: refused by name, and nothing kept of them."""

from __future__ import annotations

import select
import socket
from typing import Any

import httpx
import pytest

from tests.chain.stage import TIER_1
from tests.e2e.town import XML, Town, problem_of, sample

MEBIBYTE = 1 << 20


def _five_decimals(name: str, amount: str) -> bytes:
    return sample(name, **{f">{amount}<": f">{amount}001<"})


ENTITIES = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("documents", sample("credit-note.xml"), "CreditNoteNotReceivable"),
        ("documents", sample("negative.xml"), "NegativeInvoice"),
        ("documents", sample("red-letter-cn.xml"), "RedLetterInvoice"),
        ("documents", sample("statement-camt053.xml"), "UnknownDocument"),
        (
            "documents",
            sample("einvoice-cn.xml", **{">1130000.00<": ">1130000.00001<"}),
            "TooManyDecimals",
        ),
        (
            "documents",
            sample("invoice-ubl.xml", **{">2000.00<": ">2000.00001<"}),
            "TooManyDecimals",
        ),
        ("documents", ENTITIES, "DoctypeRefused"),
        ("documents", LAUGHS, "DoctypeRefused"),
        ("documents", b"<a>", "MalformedXml"),
        ("documents", b"", "MalformedXml"),
        ("statements", ENTITIES, "DoctypeRefused"),
        ("statements", b"<a/>", "NotAStatement"),
        ("statements", sample("invoice-ubl.xml"), "NotAStatement"),
        (
            "statements",
            sample("statement-camt053.xml", **{">680000.00<": ">680000.00001<"}),
            "TooManyDecimals",
        ),
    ],
)
def test_upload__of_what_it_should_not_be__is_refused_by_name(
    town: Town, path: str, content: bytes, name: str
) -> None:
    with town.unchanged():
        assert problem_of(town.upload(town.bank, f"/v1/{path}", content)) == name


def test_upload__path_in_file_name__is_refused(town: Town) -> None:
    content = sample("einvoice-cn.xml")
    with town.unchanged():
        for name in (
            "../../etc/passwd",
            "/etc/passwd",
            "..",
            "a\\b.xml",
            "a\x00.xml",
            "\u202egpj.xml",
        ):
            answer = town.upload(TIER_1, "/v1/documents", content, file_name=name)
            assert problem_of(answer) == "UnsafeFileName"


@pytest.mark.parametrize("path", ["documents", "statements", "agreements"])
def test_upload__200_mebibytes__is_refused(town: Town, path: str) -> None:
    with town.unchanged():
        kind = "application/json" if path == "agreements" else "application/xml"
        headers = town.headers(town.bank) | {"Content-Type": kind}
        content = (b" " * MEBIBYTE for _ in range(200))
        answer = town.http.post(f"/v1/{path}", content=content, headers=headers)
        assert (problem_of(answer), answer.status_code) == ("BodyTooLarge", 413)


@pytest.mark.parametrize("length", ["Transfer-Encoding: chunked", f"Content-Length: {1 << 40}"])
def test_upload__without_end__is_answered_early_and_cut_off(town: Town, length: str) -> None:
    url = httpx.URL(town.stack.settings.api_url)
    lines = ["POST /v1/documents HTTP/1.1", f"Host: {url.netloc.decode()}", length]
    lines += [f"{name}: {value}" for name, value in (town.headers(town.bank) | XML).items()]
    chunk = b"%x\r\n" % MEBIBYTE + b" " * MEBIBYTE + b"\r\n"
    with town.unchanged(), socket.create_connection((url.host, url.port), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        sent = 0
        while not select.select([line], [], [], 0)[0]:
            line.sendall(chunk)
            sent += MEBIBYTE
        assert sent < 32 * MEBIBYTE
        assert line.recv(MEBIBYTE).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(ConnectionError):
            _send_for_ever(line, chunk)


def _send_for_ever(line: socket.socket, chunk: bytes) -> None:
    while True:
        line.sendall(chunk)


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("agreements", b'{"agreements": [', "MalformedJson"),
        ("agreements", b"\xff\xfe", "MalformedJson"),
        ("agreements", b'{"agreements": {}}', "MalformedRequest"),
        ("agreements", b"[" * 100_000, "MalformedJson"),
        ("proposals", b"{", "MalformedJson"),
        ("proposals", b"[]", "MalformedRequest"),
        ("attestations", b"NaN", "MalformedJson"),
        ("sign-in/challenge", b'{"address": 7}', "MalformedRequest"),
    ],
)
def test_json__malformed__is_refused_by_name(town: Town, path: str, body: bytes, name: str) -> None:
    headers = town.headers(TIER_1) | {"Content-Type": "application/json"}
    with town.unchanged():
        answer = town.http.post(f"/v1/{path}", content=body, headers=headers)
        assert problem_of(answer) == name


@pytest.mark.parametrize("amount", ["1.00001", "1e3", "-1", "18446744073709551616", " 1", 1.5])
def test_json__amount_that_is_none__is_refused(town: Town, amount: Any) -> None:
    message = town.transfer().to_json() | {"end": amount}
    approvals = [["0x" + "11" * 65], ["0x" + "11" * 65]]
    item = {"kind": "Transfer", "message": message, "approvals": approvals}
    with town.unchanged():
        answer = town.send(TIER_1, "/v1/agreements", {"agreements": [item]})
        (told,) = answer.json()["acts"]
        assert told["problem"]["type"] == "urn:yuanliu:problem:MalformedAgreement"
