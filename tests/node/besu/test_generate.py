"""What is written: read back by parsers that aren't ours, and against what Besu published."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from eth_account import Account

from ledger.canonical import Field
from ledger.evidence.kinds import read_anchor
from ledger.evidence.qbft import ExtraData, QbftAnchor
from ledger.ids import Address
from node.besu import FolderNotEmpty, Network, NetworkUnsound, Plan, check, generate
from node.besu.operations import UNIT_NAME

VECTORS = Path(__file__).parents[2] / "vectors" / "besu"
HOSTS = ("10.0.0.1", "10.0.0.2", "fd00::3", "bank-d.example")
RELAYER = Address("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return generate(Plan(4, HOSTS, accounts=(RELAYER,)), tmp_path / "net")


@pytest.fixture
def folder(network: Network, tmp_path: Path) -> Path:
    return tmp_path / "net"


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize("validators", [1, 4, 7])
def test_generate__so_many_validators__extra_data_is_exactly_their_keys(
    validators: int, tmp_path: Path
) -> None:
    generate(Plan(validators), tmp_path)
    extra = ExtraData.decode(bytes.fromhex(load(tmp_path / "genesis.json")["extraData"][2:]))
    keys = [(tmp_path / f"node-{n}" / "data" / "key").read_text() for n in range(1, validators + 1)]
    addresses = [Account.from_key(key.strip()).address for key in keys]
    assert list(extra.validators) == addresses == sorted(addresses, key=str.lower)
    assert (extra.vote, extra.round, extra.seals) == (None, 0, ())
    assert check(tmp_path).validators == extra.validators


def test_generate__genesis__is_of_the_form_besu_documents(folder: Path) -> None:
    genesis = load(folder / "genesis.json")
    config = genesis["config"]
    assert config["qbft"] == {
        "blockperiodseconds": 2,
        "epochlength": 30_000,
        "requesttimeoutseconds": 4,
    }
    assert config["zeroBaseFee"] is True
    assert [config[name] for name in ("shanghaiTime", "cancunTime", "pragueTime")] == [0, 0, 0]
    assert "contractSizeLimit" not in config
    assert genesis["difficulty"] == "0x1"
    assert bytes.fromhex(genesis["mixHash"][2:]) == b"ctical byzantine fault tolerance"
    assert int(genesis["gasLimit"], 16) == 100_000_000


def test_generate__keys__only_their_owner_may_read_them(folder: Path, network: Network) -> None:
    for node in network.nodes:
        data = folder / node.name / "data"
        assert stat.S_IMODE((data / "key").stat().st_mode) == 0o600
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert (data / "key.pub").read_text().strip() == "0x" + node.key.node_id
        public = node.key.private.public_key.format(compressed=False)
        assert node.key.node_id == public[1:].hex()
    secrets = {(folder / node.name / "data" / "key").read_text() for node in network.nodes}
    assert len(secrets) == 4
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "key":
            assert not any(secret.strip()[2:] in path.read_text() for secret in secrets)


def test_generate__ways_in__are_of_the_nodes_own_machine_but_for_peers(folder: Path) -> None:
    for config in map(toml, folder.glob("node-*/config.toml")):
        assert config["rpc-http-host"] == config["metrics-host"] == "127.0.0.1"
        assert config["host-allowlist"] == ["localhost", "127.0.0.1"]
        assert "ADMIN" not in config["rpc-http-api"]
        assert not any(name.startswith(("rpc-ws", "graphql", "engine")) for name in config)
        assert config["discovery-enabled"] is False


def test_generate__on_this_machine__peers_are_loopback_too_and_no_name_is_looked_up(
    tmp_path: Path,
) -> None:
    generate(Plan(4), tmp_path)
    for config in map(toml, tmp_path.glob("node-*/config.toml")):
        assert config["p2p-interface"] == config["p2p-host"] == "127.0.0.1"
        assert "Xdns-enabled" not in config


@pytest.mark.parametrize(("period", "selection"), [(1, 750), (2, 1_500), (5, 3_750), (60, 5_000)])
def test_generate__block_period__choosing_transactions_takes_less(
    period: int, selection: int, tmp_path: Path
) -> None:
    generate(Plan(1, block_period=period), tmp_path)
    config = toml(tmp_path / "node-1" / "config.toml")
    assert config["block-txs-selection-max-time"] == selection < period * 1_000
    genesis = load(tmp_path / "genesis.json")["config"]["qbft"]
    assert (genesis["blockperiodseconds"], genesis["requesttimeoutseconds"]) == (period, 2 * period)


def test_generate__peers__each_other_and_not_itself(folder: Path, network: Network) -> None:
    enodes = [node.enode for node in network.nodes]
    assert load(folder / "static-nodes.json") == enodes
    assert [enode.partition("@")[2] for enode in enodes] == [
        "10.0.0.1:30303",
        "10.0.0.2:30303",
        "[fd00::3]:30303",
        "bank-d.example:30303",
    ]
    for node in network.nodes:
        data = folder / node.name / "data"
        assert load(data / "static-nodes.json") == [e for e in enodes if e != node.enode]
        allowed = toml(data / "permissions_config.toml")
        assert allowed == {"accounts-allowlist": [RELAYER], "nodes-allowlist": enodes}


def test_generate__no_account_named__nobody_may_send(tmp_path: Path) -> None:
    generate(Plan(1), tmp_path)
    allowed = toml(tmp_path / "node-1" / "data" / "permissions_config.toml")
    assert allowed["accounts-allowlist"] == []
    assert "nobody yet" in (tmp_path / "README.md").read_text()


def test_generate__compose_file__outweighs_the_images_public_rpc(folder: Path) -> None:
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    assert list(services) == ["node-1", "node-2", "node-3", "node-4"]
    for name, service in services.items():
        assert service["volumes"] == [f"./{name}:/node"]
        assert "--rpc-http-host=127.0.0.1" in service["command"]
        assert not service["image"].endswith("latest")
        assert "ports" not in service


def test_generate__anchor__is_read_as_a_trust_files(folder: Path, network: Network) -> None:
    anchor = read_anchor(Field("anchor", load(folder / "anchor.json")))
    assert isinstance(anchor, QbftAnchor)
    assert anchor.in_force(1).validators == network.validators


def test_generate__readme__says_what_nobody_has_run_and_how_many_must_be_up(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert "Nobody has run Besu with these files" in text
    assert "3 of 4 validators have to be up; 1 may be down" in text
    assert all(host in text for host in HOSTS)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_generate__systemd_unit__systemd_finds_nothing_wrong(folder: Path, tmp_path: Path) -> None:
    unit = (folder / UNIT_NAME).read_text()
    runnable = unit.replace("/opt/besu/bin/besu", "/bin/true").replace("=besu", "=root")
    (tmp_path / UNIT_NAME).write_text(runnable)
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / UNIT_NAME)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert not [line for line in checked.stderr.splitlines() if UNIT_NAME in line], checked.stderr


def test_generate__folder_with_anything_in_it__refused_and_untouched(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(FolderNotEmpty):
        generate(Plan(4), folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_generate__a_file_in_the_folders_place__refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotEmpty):
        generate(Plan(1), tmp_path / "file")


# Reading it back


def test_check__a_members_own_folder_only__sound(folder: Path, network: Network) -> None:
    for name in ("node-1", "node-2", "node-4"):
        shutil.rmtree(folder / name)
    found = check(folder)
    assert found.nodes == (("node-3", network.nodes[2].key.address),)
    assert (found.quorum, found.chain_id) == (3, 7777)


def _foreign_key(folder: Path) -> None:
    (folder / "node-2/data/key").write_text("0x" + "11" * 32)


def _same_key(folder: Path) -> None:
    shutil.copy(folder / "node-1/data/key", folder / "node-2/data/key")


def _readable_key(folder: Path) -> None:
    (folder / "node-2/data/key").chmod(0o640)


def _no_key(folder: Path) -> None:
    (folder / "node-2/data/key").unlink()


def _another_genesis(folder: Path) -> None:
    path = folder / "node-2/genesis.json"
    path.write_text(path.read_text().replace("7777", "7778"))


def _broken_extra_data(folder: Path) -> None:
    path = folder / "genesis.json"
    path.write_text(path.read_text().replace('"0xf8', '"0xf9'))


def _allowlist_without_a_node(folder: Path) -> None:
    path = folder / "node-2/data/permissions_config.toml"
    path.write_text(path.read_text().replace("@10.0.0.1", "@10.0.0.9"))


def _peers_without_a_node(folder: Path) -> None:
    (folder / "node-2/data/static-nodes.json").write_text("[]")


def _another_port(folder: Path) -> None:
    path = folder / "node-2/config.toml"
    path.write_text(path.read_text().replace("p2p-port = 30303", "p2p-port = 30304"))


def _public_rpc(folder: Path) -> None:
    path = folder / "node-2/config.toml"
    path.write_text(
        path.read_text().replace('rpc-http-host = "127.0.0.1"', 'rpc-http-host = "0.0.0.0"')
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_foreign_key, "no validator of the genesis block"),
        (_same_key, "another node has its key"),
        (_readable_key, "others may read its key"),
        (_no_key, "FileNotFoundError"),
        (_another_genesis, "its genesis.json is another"),
        (_broken_extra_data, "HeaderMalformed"),
        (_allowlist_without_a_node, "its allowlist lacks nodes"),
        (_peers_without_a_node, "doesn't name the other nodes"),
        (_another_port, "know it by another port"),
        (_public_rpc, "listens beyond its own machine"),
    ],
)
def test_check__folder_spoiled__says_how(
    folder: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(folder)
    with pytest.raises(NetworkUnsound) as refused:
        check(folder)
    assert said in str(refused.value)
