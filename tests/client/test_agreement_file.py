from __future__ import annotations

import json
from pathlib import Path

import pytest

from client.agreement_file import AgreementFile, NotAnAgreementFile, UnknownSide
from client.keys import Key
from ledger.acts import UnknownAct
from ledger.agreements import FOREVER, Transfer
from ledger.approvals import recover
from ledger.errors import Refused
from ledger.keccak import keccak
from ledger.typed import MalformedAgreement
from tests.support.synthetic import SyntheticLedger

HOLDER, RECIPIENT = Key(keccak(b"holder")), Key(keccak(b"recipient"))
TRANSFER = Transfer(1, 0, 1, 0, 50, 2, 3, bytes(32), FOREVER)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "transfer.json"
    path.write_text(json.dumps({"kind": "Transfer", "message": TRANSFER.to_json()}))
    return path


def test_signed_by__each_side_in_turn__makes_the_act(paper: Path) -> None:
    deployment = SyntheticLedger().deployment
    for key, side in ((HOLDER, "holder"), (RECIPIENT, "recipient"), (HOLDER, "holder")):
        AgreementFile.read(paper).signed_by(key, side, deployment).write(paper)
    act = AgreementFile.read(paper).act()
    assert act.agreement == TRANSFER
    digest = deployment.digest(TRANSFER)
    signers = [[recover(one, digest) for one in side] for side in act.approvals]
    assert signers == [[HOLDER.address], [RECIPIENT.address]]


def test_signed_by__a_side_it_does_not_have__is_refused(paper: Path) -> None:
    with pytest.raises(UnknownSide):
        AgreementFile.read(paper).signed_by(HOLDER, "debtor", SyntheticLedger().deployment)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("", "MalformedFile"),
        ("[" * 100_000, "MalformedFile"),
        ("[]", NotAnAgreementFile.__name__),
        ('{"kind": "Transfer"}', NotAnAgreementFile.__name__),
        ('{"kind": "Gift", "message": {}}', UnknownAct.__name__),
        ('{"kind": "Transfer", "message": {}}', MalformedAgreement.__name__),
    ],
)
def test_read__another_form__is_refused(tmp_path: Path, content: str, refusal: str) -> None:
    path = tmp_path / "paper.json"
    path.write_text(content)
    with pytest.raises(Refused) as refused:
        AgreementFile.read(path)
    assert type(refused.value).__name__ == refusal


@pytest.mark.parametrize(
    ("approvals", "refusal"),
    [({"debtor": []}, UnknownSide), ({"holder": ["xyz"]}, NotAnAgreementFile), ([], None)],
)
def test_read__approvals_of_nobody__are_refused(
    paper: Path, approvals: object, refusal: type[Exception] | None
) -> None:
    content = json.loads(paper.read_text()) | {"approvals": approvals}
    paper.write_text(json.dumps(content))
    if refusal is None:
        assert AgreementFile.read(paper).approvals == {"holder": (), "recipient": ()}
        return
    with pytest.raises(refusal):
        AgreementFile.read(paper)


def test_read__no_such_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnAgreementFile):
        AgreementFile.read(tmp_path / "nothing.json")
