"""`yuanliu network generate`: a production network of Besu validators, written out or checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer
from eth_utils.address import is_address, to_checksum_address

from chain.profile import BESU
from ledger.errors import Refused
from ledger.evidence.qbft import quorum
from ledger.ids import Address
from node.besu import Checked, Network, Plan
from node.besu import check as check_folder
from node.besu import generate as write_network
from scripts.desk import AsJson
from scripts.output import note, print_fields, print_json, print_table

_DEFAULTS = Plan(validators=1)


@dataclass
class EngineNotGenerated(Refused):
    engine: str
    summary: ClassVar[str] = "No network is generated for engine {engine!r}: there is besu."


@dataclass
class NoSuchAccount(Refused):
    account: str
    summary: ClassVar[str] = "{account!r} is no account's address."


def generate(
    validators: Annotated[
        int, typer.Option(help="How many; four are the fewest that can lose one.")
    ] = 4,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; an empty folder or none yet.")
    ] = None,
    hosts: Annotated[
        str,
        typer.Option(
            metavar="H1,H2,…",
            help="One machine for each validator, IP address or name; else all on this machine.",
        ),
    ] = "",
    account: Annotated[
        list[str] | None,
        typer.Option(help="Who may send transactions: the relayer's address; repeatable."),
    ] = None,
    chain_id: Annotated[int, typer.Option(help="EIP-155.")] = _DEFAULTS.chain_id,
    block_period: Annotated[int, typer.Option(help="Seconds.")] = _DEFAULTS.block_period,
    engine: Annotated[str, typer.Option(help="Only besu can be generated.")] = BESU.name,
    check: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write nothing: read a generated folder back."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a production network for Hyperledger Besu (QBFT): genesis, keys, allowlists, config.

    \b
    yuanliu network generate --engine besu --validators 4 --out net --hosts 10.0.0.1,10.0.0.2,…
    yuanliu network generate --check net

    Besu itself isn't run: the README that is written says how, and what nobody has tried.
    """
    if engine != BESU.name:
        raise EngineNotGenerated(engine)
    if check is not None:
        _print_checked(check_folder(check), as_json)
        return
    if out is None:
        raise typer.BadParameter("where to? --out DIR")
    plan = Plan(
        validators=validators,
        hosts=tuple(host.strip() for host in hosts.split(",")) if hosts else (),
        chain_id=chain_id,
        block_period=block_period,
        accounts=tuple(map(_account, account or ())),
    )
    _print_written(write_network(plan, out), out, as_json)


def _account(text: str) -> Address:
    if not is_address(text):
        raise NoSuchAccount(text)
    return Address(to_checksum_address(text))


def _print_written(network: Network, out: Path, as_json: bool) -> None:
    rows = [
        (node.name, node.key.address, node.place.endpoint, node.place.rpc_port)
        for node in network.nodes
    ]
    if as_json:
        print_json(_summary(network.plan.chain_id, network.validators, out=str(out)))
        return
    print_table(["node", "validator", "peers", "rpc port>"], rows)
    note(f"Written to {out}: read its README.md. Each data/key is a validator; nobody else has it.")
    if not network.plan.accounts:
        note("No account may send transactions yet: give --account, or see the README.")


def _print_checked(found: Checked, as_json: bool) -> None:
    if as_json:
        print_json(_summary(found.chain_id, found.validators))
        return
    here = {address: name for name, address in found.nodes}
    print_fields([("chain", found.chain_id), ("quorum", found.quorum)])
    print_table(
        ["validator in extraData", "folder"],
        [(validator, here.get(validator, "elsewhere")) for validator in found.validators],
    )


def _summary(chain_id: int, validators: tuple[Address, ...], **more: Any) -> dict[str, Any]:
    needed = quorum(len(validators))
    return {"chain_id": chain_id, "validators": list(validators), "quorum": needed, **more}
