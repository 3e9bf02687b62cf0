"""The operator's own keys: the relayer's, and for an engine run here the founders' as well."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.contracts import LEDGER, contract
from chain.deploy import Founding, deploy
from chain.profile import CONSORTIUM, DEV
from chain.rpc import Rpc
from chain.transactions import Sender
from client.keys import (
    Key,
    KeyStore,
    ScryptCost,
    address_in,
    open_secret,
    read_passphrase,
    write_private,
)
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.files import replace_file
from ledger.hexadecimal import hexed
from ledger.ids import Address
from scripts.settings import Settings

COUNCIL = ("council-1", "council-2", "council-3")
COUNCIL_QUORUM = 2
DEPLOYER, RELAYER = "deployer", "relayer"
POLICY_DELAY_SECONDS = 86_400
_RUN_HERE = (DEV, CONSORTIUM)


@dataclass
class NotDeployed(Refused):
    """No deployment is recorded in the data folder."""

    path: str
    status = 404
    summary = "There is no deployment record {path}; `yuanliu deploy` or `yuanliu run` makes one."


@dataclass
class AlreadyDeployed(Refused):
    """A deployment is recorded; another one would leave its ledger behind."""

    path: str
    status = 409
    summary = "{path} records a deployment already."


@dataclass(frozen=True)
class EngineAccounts:
    """What an engine with fees and permissions must know of from its genesis on."""

    funded: tuple[Address, ...]
    deployers: tuple[Address, ...]


@dataclass
class NoDevKeysHere(Refused):
    """Keys of founders are drawn only for an engine that runs on this machine."""

    profile: str
    summary = "On the profile {profile} the founders bring their own keys: name the council."


def read_deployment(settings: Settings) -> Deployment:
    """The record in the data folder; raises ``NotDeployed``."""
    try:
        text = settings.deployment_file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotDeployed(str(settings.deployment_file)) from None
    return Deployment.from_json(json.loads(text))


def write_deployment(settings: Settings, deployment: Deployment) -> None:
    """Record a deployment, whole or not at all."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    record = json.dumps(deployment.to_json(), indent=2) + "\n"
    replace_file(settings.deployment_file, record.encode())


def draw_dev_keys(settings: Settings) -> None:
    """Founders', deployer's and relayer's keys, and one passphrase for them, where missing."""
    _require_run_here(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not settings.dev_passphrase_file.exists():
        write_private(settings.dev_passphrase_file, secrets.token_urlsafe(24) + "\n")
    store, passphrase = KeyStore(settings.keys_dir), operator_passphrase(settings)
    for name in (*COUNCIL, DEPLOYER, RELAYER):
        if not store.path(name).exists():
            store.create(name, passphrase, ScryptCost.DEMONSTRATION)


def operator_passphrase(settings: Settings) -> str:
    """From the file in the settings, else the one that was drawn here."""
    return read_passphrase(settings.passphrase_file or settings.dev_passphrase_file)


def council_keys(settings: Settings) -> list[Key]:
    """The dev council's keys, as many as make its quorum."""
    store, passphrase = KeyStore(settings.keys_dir), operator_passphrase(settings)
    return [store.open(name, passphrase) for name in COUNCIL[:COUNCIL_QUORUM]]


def account(settings: Settings, name: str) -> LocalAccount:
    """One of the operator's keys as the account that sends transactions."""
    path = KeyStore(settings.keys_dir).path(name)
    opened: LocalAccount = Account.from_key(open_secret(path, operator_passphrase(settings)))
    return opened


def dev_council(settings: Settings) -> tuple[Address, ...]:
    """The addresses of the dev council."""
    _require_run_here(settings)
    store = KeyStore(settings.keys_dir)
    return tuple(address_in(store.path(name)) for name in COUNCIL)


def engine_accounts(settings: Settings) -> EngineAccounts:
    """The operator's accounts that send transactions; draws them where they are missing."""
    draw_dev_keys(settings)
    store = KeyStore(settings.keys_dir)
    deployer, relayer = (address_in(store.path(name)) for name in (DEPLOYER, RELAYER))
    return EngineAccounts(funded=(deployer, relayer), deployers=(deployer,))


def dev_founding(settings: Settings) -> Founding:
    """A council of the dev keys."""
    return Founding(dev_council(settings), COUNCIL_QUORUM, POLICY_DELAY_SECONDS)


def has_claims(settings: Settings, deployment: Deployment) -> bool:
    """Whether the ledger has any claim yet, by the chain's word."""
    ledger = contract(LEDGER)
    call = {"to": deployment.ledger, "data": hexed(ledger.call_data("claimCount"))}
    with Rpc(settings.endpoints.rpc) as rpc:
        answer = rpc.call("eth_call", [call, "latest"])
    return bool(ledger.read_result("claimCount", bytes.fromhex(answer[2:])))


def deploy_recorded(settings: Settings, founding: Founding) -> Deployment:
    """Deploy with the deployer's key and record it."""
    with Rpc(settings.endpoints.rpc) as rpc:
        sender = Sender(rpc, settings.profile, account(settings, DEPLOYER))
        deployment = deploy(sender, founding)
    write_deployment(settings, deployment)
    return deployment


def _require_run_here(settings: Settings) -> None:
    if settings.profile not in _RUN_HERE:
        raise NoDevKeysHere(settings.profile.name)
