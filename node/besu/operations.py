"""What runs the nodes: a systemd unit, a compose file, and the README that comes with them."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.evidence.qbft import quorum
from node.besu.config import LOOPBACK
from node.besu.plan import BESU_VERSION, JAVA_VERSION, Plan

UNIT_NAME = "yuanliu-besu@.service"
HOME = "/srv/yuanliu-besu"

UNIT = f"""\
# systemctl enable --now yuanliu-besu@node-1
[Unit]
Description=Hyperledger Besu, QBFT validator %i
Wants=network-online.target
After=network-online.target

[Service]
User=besu
Group=besu
UMask=0077
WorkingDirectory={HOME}/%i
Environment=JAVA_OPTS=-Xmx4g
ExecStart=/opt/besu/bin/besu --config-file=config.toml
# 143: Java's word for having been asked to end.
SuccessExitStatus=143
Restart=on-failure
RestartSec=5
TimeoutStopSec=120
LimitNOFILE=65536
NoNewPrivileges=true
PrivateTmp=true
ProtectHome=true
ProtectSystem=strict
ReadWritePaths={HOME}/%i

[Install]
WantedBy=multi-user.target
"""


def compose(names: Sequence[str]) -> str:
    """``compose.yaml`` for Linux: on the host's own network, as the nodes' addresses are its."""
    services = "\n".join(_service(name) for name in names)
    return (
        "# docker compose up -d           every node on this machine, for a rehearsal\n"
        "# docker compose up -d node-1    the one whose machine this is\n"
        "# The image's user has number 1000: chown -R 1000 node-1\n"
        f"services:\n{services}"
    )


def _service(name: str) -> str:
    # The image sets BESU_RPC_HTTP_HOST=0.0.0.0, which would outweigh the file: the command
    # outweighs both.
    return f"""\
  {name}:
    image: hyperledger/besu:{BESU_VERSION}
    network_mode: host
    working_dir: /node
    volumes:
      - ./{name}:/node
    command:
      - --config-file=/node/config.toml
      - --nat-method=DOCKER
      - --rpc-http-host={LOOPBACK}
    restart: unless-stopped
    stop_grace_period: 2m
"""


def readme(plan: Plan, rows: Sequence[tuple[str, str, str, int]]) -> str:
    """``README.md``. ``rows``: folder, validator's address, P2P endpoint, JSON-RPC port."""
    table = "\n".join(
        f"| `{name}` | `{address}` | `{endpoint}` | `{LOOPBACK}:{port}` |"
        for name, address, endpoint, port in rows
    )
    needed = quorum(plan.validators)
    spare = plan.validators - needed
    accounts = "\n".join(f"- `{account}`" for account in plan.accounts) or (
        "- nobody yet: until `perm_addAccountsToAllowlist` names the relayer on every node, "
        "no transaction is taken"
    )
    return f"""\
# A QBFT network of {plan.validators} validators

Written by `yuanliu network generate --engine besu`, for Hyperledger Besu {BESU_VERSION} and
Java {JAVA_VERSION}. **Nobody has run Besu with these files**: no package registry carries it. They
follow Besu's documentation and code; `extraData` is checked against Besu's published examples.
Rehearse on one machine before you rely on them.

Chain {plan.chain_id}, a block every {plan.block_period} s, gas free.
{needed} of {plan.validators} validators have to be up; {spare} may be down at a time.

| folder | validator | peers reach it at | JSON-RPC, on its own machine |
|---|---|---|---|
{table}

May send transactions:

{accounts}

## Start

1. `yuanliu network generate --check .` in this folder: keys, genesis, allowlists agree.
2. Each member gets its own `node-N` folder, and no other: `data/key` in it **is** the validator.
   Move it over an encrypted channel, then delete it here. Keep mode 0600.
3. Compare `sha256sum genesis.json` over the phone: every node must have the same.
4. On each machine: Java {JAVA_VERSION}, Besu {BESU_VERSION} in `/opt/besu`, a user `besu`, the
   folder under `{HOME}`, owned by `besu`; `{UNIT_NAME}` in
   `/etc/systemd/system`. Or Docker and `compose.yaml`.
5. Open the P2P port (TCP) between the members' addresses, and nothing else. JSON-RPC and metrics
   listen on {LOOPBACK}.
6. `systemctl enable --now yuanliu-besu@node-1`, in any order. Blocks begin once {needed} are up.
   Start them within a minute of each other: QBFT doubles its patience with each failed round, and
   restarting all validators is the way to reset it.
7. Check, on every machine: `net_peerCount` is {hex(plan.validators - 1)}, `eth_blockNumber` rises,
   `qbft_getValidatorsByBlockNumber("latest")` lists the table above.

`anchor.json` is what goes into a trust file as `anchor`: the validators from block 0 on. Hand it
to auditors by another way than the bundles.

Votes on validators, permissions, backup: `docs/operations/besu.md`.
"""
