from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from ledger.commitments import opens
from tests.api.world import (
    CORE,
    SAMPLES,
    SELLER,
    STRANGER,
    TIER1,
    TIER2,
    World,
    einvoice,
    problem_of,
)


def test_upload__sound_invoice__is_read_and_committed_to(world: World) -> None:
    content = einvoice()
    answer = world.upload(TIER1, "/v1/documents", content, file_name="发票.xml")
    document = answer.json()
    assert answer.status_code == 201
    assert document["sha256"] == "0x" + hashlib.sha256(content).hexdigest()
    assert document["file_name"] == "发票.xml"
    assert document["invoice"]["seller"]["ids"][0] == SELLER
    salt, commitment = (bytes.fromhex(document[name][2:]) for name in ("salt", "commitment"))
    assert opens(commitment, salt, content)
    kept = world.get(TIER1, f"/v1/documents/{document['id']}/content")
    assert kept.content == content
    assert kept.headers["content-disposition"].startswith("attachment")


def test_upload__same_bytes_again__is_the_same_document(world: World) -> None:
    first = world.upload(TIER1, "/v1/documents", einvoice())
    again = world.upload(TIER1, "/v1/documents", einvoice())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = world.upload(CORE, "/v1/documents", einvoice()).json()
    assert other["id"] != first.json()["id"]
    assert other["salt"] != first.json()["salt"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/b.xml",
        "C:\\x.xml",
        "..",
        ".",
        "a\x00.xml",
        "a\n.xml",
        "\u202egpj.xml",
    ],
)
def test_upload__path_in_file_name__is_refused(world: World, name: str) -> None:
    refused = world.upload(TIER1, "/v1/documents", einvoice(), file_name=name)
    assert problem_of(refused) == "UnsafeFileName"
    assert world.get(TIER1, "/v1/documents").json()["items"] == []


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        ("credit-note.xml", "CreditNoteNotReceivable"),
        ("negative.xml", "NegativeInvoice"),
        ("red-letter-cn.xml", "RedLetterInvoice"),
        ("statement-camt053.xml", "UnknownDocument"),
    ],
)
def test_upload__creates_no_receivable__is_refused_by_name(
    world: World, sample: str, problem: str
) -> None:
    content = (SAMPLES / sample).read_bytes()
    assert problem_of(world.upload(TIER1, "/v1/documents", content)) == problem


def test_upload__entities__are_refused(world: World) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert problem_of(world.upload(TIER1, "/v1/documents", bomb)) == "DoctypeRefused"


def test_upload__200_megabytes__is_cut_off_early(world: World) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 1
            yield b"x" * 1024 * 1024

    headers = {**world.headers(TIER1), "Content-Type": "application/xml"}
    announced = {**headers, "Content-Length": str(200 * 1024 * 1024)}
    refused = world.http.post("/v1/documents", content=b"<a/>", headers=announced)
    assert (problem_of(refused), refused.status_code) == ("BodyTooLarge", 413)
    refused = world.http.post("/v1/documents", content=endless(), headers=headers)
    assert (problem_of(refused), refused.status_code) == ("BodyTooLarge", 413)


def test_upload__not_xml__is_refused(world: World) -> None:
    headers = {**world.headers(TIER1), "Content-Type": "application/pdf"}
    refused = world.http.post("/v1/documents", content=b"%PDF", headers=headers)
    assert (problem_of(refused), refused.status_code) == ("UnsupportedMediaType", 415)


def test_opening__to_a_counterparty__lets_it_read_and_no_other(world: World) -> None:
    document = world.upload(TIER1, "/v1/documents", einvoice()).json()
    path = f"/v1/documents/{document['id']}"
    assert problem_of(world.get(CORE, path)) == "NotFound"
    opened = world.post(TIER1, f"{path}/openings", {"party": CORE})
    assert opened.json() == {"document": document["id"], "readers": [CORE, TIER1]}
    assert world.get(CORE, path).json() == document
    usage = world.get(CORE, f"/v1/invoices/{document['fingerprint']}").json()
    assert (usage["free"], usage["version"]) == (document["invoice"]["payable"], 0)
    for hidden in (path, f"{path}/content", f"/v1/invoices/{document['fingerprint']}"):
        assert problem_of(world.get(STRANGER, hidden)) == "NotFound"
    passed_on = world.post(CORE, f"{path}/openings", {"party": TIER2})
    assert problem_of(passed_on) == "NotYourDocument"
    assert problem_of(world.post(TIER1, f"{path}/openings", {"party": 99})) == "UnknownParty"
