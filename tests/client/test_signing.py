"""Signing: what is shown is what is signed, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from client.keys import Key
from client.sign_in import SuspiciousChallenge, require_honest
from client.signing import DigestDiffers, approve, describe, read_stated, sign_text
from ledger.agreements import InvoiceUse, Issue, Payment, Transfer
from ledger.approvals import recover
from ledger.deployment import Deployment
from ledger.ids import Address, ClaimNo
from ledger.keccak import keccak
from ledger.references import lot_reference
from ledger.typed import typed_data
from ledger.words import LotRef

SECRET = keccak(b"a secret of the tests")
KEY = Key(SECRET)
AT = Address("0x00000000000000000000000000000000000000AA")
DEPLOYMENT = Deployment(
    engine="dev",
    chain_id=7777,
    ledger=AT,
    registry=AT,
    attestations=AT,
    receivables=AT,
    validators=AT,
    financing=AT,
    relay=AT,
    block=1,
    block_hash="0x" + 64 * "0",
    commit="unknown",
    sources=64 * "0",
)
TRANSFER = Transfer(12, 0, 1, 0, 4_500_000, 7, 31, bytes(32), 1_800_000_000)
ISSUE = Issue(
    1, 2, "CNY", 4_500_000, 20270521, (InvoiceUse(bytes(32), 9, 9, 0),), bytes(32), 1_800_000_000
)


def test_approval__of_an_agreement__is_what_a_wallet_would_sign() -> None:
    signable = encode_typed_data(full_message=typed_data(ISSUE, DEPLOYMENT.domain(ISSUE)))
    wallets = Account.sign_message(signable, SECRET).signature
    assert approve(KEY, ISSUE, DEPLOYMENT) == bytes(wallets)


def test_approval__on_another_chain_or_contract__is_another_one() -> None:
    here = approve(KEY, TRANSFER, DEPLOYMENT)
    elsewhere = replace(DEPLOYMENT, chain_id=1)
    other = replace(DEPLOYMENT, receivables=Address("0x" + 40 * "b"))
    assert len({here, approve(KEY, TRANSFER, elsewhere), approve(KEY, TRANSFER, other)}) == 3


def test_text_signature__is_what_a_wallet_would_sign_and_approves_nothing() -> None:
    signed = sign_text(KEY, "Sign in.")
    assert signed == bytes(Account.sign_message(encode_defunct(text="Sign in."), SECRET).signature)
    assert recover(signed, DEPLOYMENT.digest(TRANSFER)) != KEY.address


def test_proposal__whose_digest_is_its_own__is_read() -> None:
    digest = "0x" + DEPLOYMENT.digest(TRANSFER).hex()
    assert read_stated("Transfer", TRANSFER.to_json(), digest, DEPLOYMENT) == TRANSFER


def test_proposal__whose_digest_is_another_messages__is_refused() -> None:
    digest = "0x" + DEPLOYMENT.digest(replace(TRANSFER, end=4_500_001)).hex()
    with pytest.raises(DigestDiffers):
        read_stated("Transfer", TRANSFER.to_json(), digest, DEPLOYMENT)


def test_description__of_a_transfer__says_who_gives_whom_how_much() -> None:
    shown = dict(describe(TRANSFER, DEPLOYMENT, "CNY"))
    what = "party 7 gives party 31 45,000.00 CNY: units 0 to 4,500,000 of claim 12"
    assert shown["what"] == what
    assert shown["chain"] == "7777 (dev)"
    assert shown["validUntil"] == "2027-01-15T08:00:00+00:00"
    assert shown["digest"] == "0x" + DEPLOYMENT.digest(TRANSFER).hex()


def test_description__shows_every_field_that_is_signed() -> None:
    shown = [name for name, _ in describe(ISSUE, DEPLOYMENT)]
    for name in ("debtor", "creditor", "currency", "face", "maturity", "documents"):
        assert name in shown
    for name in InvoiceUse.FIELDS:
        assert f"invoices 1 {name}" in shown


def test_description__of_a_payment__names_the_lot_by_its_reference() -> None:
    lot = LotRef(ClaimNo(12), 0, 1)
    payment = Payment(bytes(32), bytes(32), lot.subject, "JPY", 4500, 20270521)
    shown = dict(describe(payment, DEPLOYMENT))
    what = f"a bank booked 4,500 JPY on 2027-05-21 for lot {lot_reference(lot)}"
    assert shown["what"] == what


def _challenge(domain: str, address: str) -> str:
    first = f"{domain} wants you to sign in with your Ethereum account:"
    return f"{first}\n{address}\n\nSign.\n\nURI: x"


def test_challenge__for_this_site_and_key__is_signed() -> None:
    require_honest(_challenge("127.0.0.1:8000", KEY.address), "http://127.0.0.1:8000", KEY)


@pytest.mark.parametrize(
    "text",
    [
        _challenge("bank.example", KEY.address),
        _challenge("127.0.0.1:8001", KEY.address),
        _challenge("127.0.0.1:8000", AT),
        "Transfer everything",
        "",
    ],
)
def test_challenge__for_anything_else__is_refused(text: str) -> None:
    with pytest.raises(SuspiciousChallenge):
        require_honest(text, "http://127.0.0.1:8000", KEY)
