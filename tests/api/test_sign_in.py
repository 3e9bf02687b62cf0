from __future__ import annotations

import pytest
from httpx import Response

from ledger.agreements import FOREVER, Amendment
from tests.api.world import CORE, TIER1, World, problem_of, sign_text
from tests.support.synthetic import COUNCIL, ORACLES, Key


def _challenge(world: World, key: Key) -> str:
    return str(
        world.http.post("/v1/sign-in/challenge", json={"address": key.address}).json()["message"]
    )


def _answer(world: World, key: Key, message: str, signature: str | None = None) -> Response:
    body = {"message": message, "signature": signature or sign_text(key, message)}
    return world.http.post("/v1/sign-in", json=body)


def test_sign_in__party_council_oracle__each_gets_what_it_is(world: World) -> None:
    party = world.get(CORE, "/v1/me").json()
    assert (party["party"], party["roles"], party["council"]) == (1, ["CORE_ENTERPRISE"], False)
    assert world.get(COUNCIL[0], "/v1/me").json()["council"] is True
    member = world.get(ORACLES[0], "/v1/me").json()
    assert (member["party"], member["oracle"]) == (None, True)


def test_sign_in__same_message_twice__is_refused(world: World) -> None:
    key = world.key(CORE)
    message = _challenge(world, key)
    assert _answer(world, key, message).status_code == 200
    assert problem_of(_answer(world, key, message)) == "SignInSpent"


def test_sign_in__another_key__is_refused(world: World) -> None:
    message = _challenge(world, world.key(CORE))
    assert problem_of(_answer(world, world.key(TIER1), message)) == "WrongSigner"


def test_sign_in__address_of_nobody__gets_a_message_but_no_token(world: World) -> None:
    thief = Key("thief")
    assert problem_of(_answer(world, thief, _challenge(world, thief))) == "NotEnrolled"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("api.test", "evil.test", "SignInElsewhere"),
        ("Chain ID: 7777", "Chain ID: 1", "SignInElsewhere"),
        ("binds you to nothing", "binds you to all", "SignInElsewhere"),
        ("Version: 1", "Version: 2", "MalformedSignIn"),
        ("Nonce: ", "Nonce: 00", "MalformedSignIn"),
        ("Issued At: 2", "Issued At: 3", "SignInExpired"),
    ],
)
def test_sign_in__message_changed__is_refused(
    world: World, old: str, new: str, problem: str
) -> None:
    key = world.key(CORE)
    message = _challenge(world, key).replace(old, new)
    assert problem_of(_answer(world, key, message)) == problem


def test_sign_in__message_too_old__is_refused(world: World) -> None:
    key = world.key(CORE)
    message = _challenge(world, key)
    world.now += 300
    assert problem_of(_answer(world, key, message)) == "SignInExpired"


def test_token__run_out__is_refused(world: World) -> None:
    assert world.get(CORE, "/v1/me").status_code == 200
    world.now += 900
    refused = world.get(CORE, "/v1/me")
    assert problem_of(refused) == "SignInRequired"
    assert refused.headers["www-authenticate"] == "Bearer"


def test_token__signed_out__is_refused(world: World) -> None:
    headers = world.headers(CORE)
    assert world.http.delete("/v1/sign-in", headers=headers).status_code == 204
    assert problem_of(world.http.get("/v1/me", headers=headers)) == "SignInRequired"


def test_token__signer_removed_by_the_council__is_out_at_once(world: World) -> None:
    assert world.get(CORE, "/v1/me").status_code == 200
    old, new = world.key(CORE), Key("new signer")
    act = Amendment(CORE, 1, 1, True, (new.address,), (old.address,), 1, FOREVER, FOREVER)
    world.ledger.amend(act)
    world.index()
    assert problem_of(world.get(CORE, "/v1/me")) == "NotEnrolled"


def test_token__party_suspended__is_out_at_once(world: World) -> None:
    assert world.get(CORE, "/v1/me").status_code == 200
    world.ledger.amend(Amendment(CORE, 1, 1, False, (), (), 1, FOREVER, FOREVER))
    world.index()
    assert problem_of(world.get(CORE, "/v1/me")) == "PartyNotActive"


def test_token__stored__only_as_a_hash(world: World) -> None:
    token = world.token(CORE)
    with world.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT token_hash FROM sessions").all()
    assert len(rows) == 1
    assert token.encode() not in bytes(rows[0][0])
