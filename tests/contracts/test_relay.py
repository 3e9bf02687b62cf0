"""One bad act in a batch: it is reported, and the others don't notice."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest

from chain.batching import Call, read_outcomes, relay_call
from chain.contracts import REGISTRY, contract
from chain.reverts import decode_revert
from chain.rpc import RpcError
from ledger.acts import SignedAct
from ledger.ids import Address
from ledger.keccak import keccak
from ledger.refusals import CallFailed, InsufficientGas, InvalidApproval, NotHolder, NotSigner
from ledger.roles import Role
from scripts.stage import enrolment, entries_in, refusals_in
from tests.support.consortium import DUAL, TIER1, TIER3, Consortium, with_approvals

HOSTILE = contract("test/HostileSigner")
SIGNER = contract("test/ContractSigner")


class Manner(IntEnum):
    BURN_GAS, BOMB, TOO_SHORT, ALMOST_MAGIC, IMPERSONATE = range(5)


def _create(consortium: Consortium, data: bytes) -> str:
    return str(consortium.stage.sender.send(None, data)["contractAddress"])


def _contract_party(consortium: Consortium, address: str) -> int:
    """Enrols a party whose only signer is a contract account."""
    consortium.do(replace(enrolment(f"test:{address}", Role.SUPPLIER, []), signers=(address,)))
    return int(consortium.stage.read(REGISTRY, "partyCount"))


def _to_contract(consortium: Consortium, party: int, address: str, signature: bytes) -> SignedAct:
    """A transfer of claim 1 to a party that signs by ERC-1271."""
    act = consortium.transfer(1, 9_000, recipient=party)
    digest = consortium.stage.deployment.digest(act)
    holder = [key.sign(digest) for key in consortium.signers(TIER1)]
    return with_approvals(SignedAct(act, ()), holder, [bytes.fromhex(address[2:]) + signature])


# ── contract accounts ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def wallet(consortium: Consortium) -> tuple[int, str]:
    """A party that signs by a contract which key "owner" owns; claim 1 is open."""
    consortium.open_claim()
    owner = consortium.cast.key("owner").address
    address = _create(consortium, SIGNER.creation_data(owner))
    return _contract_party(consortium, address), address


def test_contract_account__its_owner_signed__consents(
    wallet: tuple[int, str], consortium: Consortium
) -> None:
    party, address = wallet
    digest = consortium.stage.deployment.digest(consortium.transfer(1, 9_000, recipient=party))
    signature = consortium.cast.key("owner").sign(digest)
    assert consortium.refusal(_to_contract(consortium, party, address, signature)) is None
    assert consortium.lot(1, 0)["holder"] == party


@pytest.mark.parametrize("signer", ["thief", "party 2 0"])
def test_contract_account__forged__is_invalid(
    signer: str, wallet: tuple[int, str], consortium: Consortium
) -> None:
    party, address = wallet
    digest = consortium.stage.deployment.digest(consortium.transfer(1, 9_000, recipient=party))
    forged = _to_contract(consortium, party, address, consortium.cast.key(signer).sign(digest))
    consortium.refuse(forged, InvalidApproval, position=0)


def test_contract_account__for_another_party__is_not_signer(
    wallet: tuple[int, str], consortium: Consortium
) -> None:
    _, address = wallet
    digest = consortium.stage.deployment.digest(consortium.transfer(1, 9_000, recipient=TIER3))
    signature = consortium.cast.key("owner").sign(digest)
    consortium.refuse(_to_contract(consortium, TIER3, address, signature), NotSigner)


@pytest.mark.parametrize("manner", Manner)
def test_contract_account__hostile__fails_alone(manner: Manner, consortium: Consortium) -> None:
    """It burns all gas, returns a megabyte or half an answer: its own act fails, none else."""
    consortium.open_claim()
    consortium.open_claim(invoice=b"another invoice")
    address = _create(consortium, HOSTILE.creation_data(int(manner)))
    party = _contract_party(consortium, address)
    hostile = _to_contract(consortium, party, address, b"x")
    sound = consortium.signed(consortium.transfer(2, 9_000))
    receipt = consortium.stage.relay(
        [(consortium.stage.target(act), act.call_data()) for act in (hostile, sound)], 1_000_000
    )
    # What EIP-150 keeps back from the account that burns all it gets is enough to say so.
    assert refusals_in(receipt) == [InvalidApproval(0)]
    (entry,) = entries_in(receipt, consortium.stage.deployment)
    assert entry.book == 2
    assert consortium.lot(1, 0)["version"] == 1


# ── the batch ─────────────────────────────────────────────────────────────────────────────────


def _simulate(consortium: Consortium, calls: list[Call], gas: int) -> bytes:
    message = {
        "to": consortium.stage.deployment.relay,
        "data": "0x" + relay_call(calls).hex(),
        "gas": hex(gas),
    }
    return bytes.fromhex(consortium.stage.rpc.call("eth_call", [message, "latest"])[2:])


def test_batch__of_sound_and_unsound__does_the_sound_ones(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    first = consortium.signed(consortium.transfer(lot.claim, 9_000))
    again = consortium.signed(consortium.transfer(lot.claim, 9_000, version=2))
    onward = consortium.transfer(lot.claim, 9_000, version=2, holder=3, recipient=TIER3)
    receipt = consortium.stage.submit(first, again, consortium.signed(onward))
    assert refusals_in(receipt) == [NotHolder(lot.claim, 0, TIER1, 3)]
    assert len(entries_in(receipt, consortium.stage.deployment)) == 2
    assert consortium.lot(lot.claim, 0)["holder"] == TIER3


def test_refused__event__names_call_and_target(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 9_000, version=9))
    (log,) = consortium.stage.submit(act)["logs"]
    assert log["topics"][1] == "0x" + keccak(act.call_data()).hex()
    assert log["topics"][2][26:] == consortium.stage.deployment.receivables[2:].lower()


@pytest.mark.parametrize("target", ["0x" + "12" * 20, "0x" + "00" * 19 + "04"])
def test_call__to_target_without_code__is_not_done(target: str, consortium: Consortium) -> None:
    receipt = consortium.stage.relay([(target, b"whatever")])
    assert refusals_in(receipt) == [CallFailed("0x")]


def test_reason__as_long_as_can_be__is_cut(consortium: Consortium) -> None:
    """No target makes the batch pay for what it returns."""
    bomb = _create(consortium, HOSTILE.creation_data(int(Manner.BOMB)))
    receipt = consortium.stage.relay([(bomb, b"")], 5_000_000)
    (log,) = receipt["logs"]
    assert len(log["data"]) // 2 < 700
    bare = consortium.stage.relay([(bomb, b"")], 10_000)
    assert int(receipt["gasUsed"], 16) - int(bare["gasUsed"], 16) < 2_500_000


def test_batch__with_too_little_gas__reverts_whole(consortium: Consortium) -> None:
    """Else whoever submits could starve a sound act and have it reported as refused."""
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 9_000))
    call = Call(consortium.stage.target(act), 500_000, act.call_data())
    with pytest.raises(RpcError) as failed:
        _simulate(consortium, [call], 300_000)
    assert decode_revert(bytes.fromhex(failed.value.data[2:])) == InsufficientGas(0)
    (outcome,) = read_outcomes(_simulate(consortium, [call], 600_000), 1)
    assert outcome.done
    assert 50_000 < outcome.gas < 120_000


def test_simulation__of_batch__tells_each_outcome(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    acts = [consortium.transfer(lot.claim, 9_000), consortium.transfer(lot.claim, 9_000)]
    calls = [
        Call(consortium.stage.target(act), 500_000, act.call_data())
        for act in map(consortium.signed, acts)
    ]
    nowhere = Call(Address("0x" + "12" * 20), 100, b"")
    outcomes = read_outcomes(_simulate(consortium, [*calls, nowhere], 5_000_000), 3)
    assert [outcome.done for outcome in outcomes] == [True, False, False]
    assert decode_revert(outcomes[1].reason).name == "LotChanged"


def test_refusal__of_four_eyes_party__names_what_is_missing(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 9_000, recipient=DUAL))
    short: Any = with_approvals(act, act.approvals[0], act.approvals[1][:1])
    assert (
        str(consortium.refusal(short)) == "ApprovalsMissing: 1 approvals were given, 2 are needed."
    )
