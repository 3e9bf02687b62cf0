"""`yuanliu council`: acts that a quorum of the council signs."""

from __future__ import annotations

from typing import Annotated

import typer

from client import council
from client.keys import Key
from client.signing import describe
from ledger.acts import SignedAct
from ledger.agreements import FOREVER
from ledger.identifiers import party_id
from ledger.ids import Address, PartyNo
from ledger.roles import roles_named
from ledger.typed import Struct
from scripts.desk import AsJson, Desk, KeyNames, Yes, confirm
from scripts.output import print_fields, print_json, stderr

app = typer.Typer(
    no_args_is_help=True,
    help="""The council's acts: who takes part, who witnesses.

    Each is signed by as many members as make a quorum: give --key once for each of them.""",
)

Signers = Annotated[list[str], typer.Option("--signer", help="A signer's address; repeatable.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="core-enterprise, supplier, bank, auditor, oracle, regulator."),
]
Quorum = Annotated[int, typer.Option(min=1, max=255, help="Signers needed above --dual-above.")]
DualAbove = Annotated[int, typer.Option(min=0, help="Minor units above which the quorum signs.")]


@app.command("enrol")
def enrol(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(help="scheme:value, e.g. uscc:91110000600037341L")],
    role: Roles,
    signer: Signers,
    key: KeyNames,
    quorum: Quorum = 1,
    dual_above: DualAbove = FOREVER,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Admit a party.

    \b
    yuanliu council enrol uscc:91110000600037341L --role supplier \\
        --signer 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --key council-1 --key council-2
    """
    signers = [Address(one) for one in signer]
    act = council.enrolment(
        party_id(identifier), roles_named(role), signers, council.FourEyes(quorum, dual_above)
    )
    _decide(Desk.of(context), act, key, yes=yes, as_json=as_json)


@app.command("amend")
def amend(
    context: typer.Context,
    party: Annotated[int, typer.Argument(help="The party's number.")],
    version: Annotated[int, typer.Option(help="The party's version, as `party show` says.")],
    role: Roles,
    key: KeyNames,
    quorum: Quorum,
    dual_above: DualAbove,
    active: Annotated[bool, typer.Option(help="Whether it may act; --no-active suspends.")] = True,
    add: Annotated[list[str] | None, typer.Option(help="A new signer's address.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A signer to remove.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Change a party: roles, signers, thresholds, or whether it may act at all.

    Roles, quorum and threshold are stated anew each time: nothing is loosened by leaving it out.

    \b
    yuanliu council amend 3 --version 1 --role supplier --quorum 2 --dual-above 100000000 \\
        --no-active --key council-1 --key council-2
    """
    standing = council.Standing(
        roles=roles_named(role),
        active=active,
        four_eyes=council.FourEyes(quorum, dual_above),
        added=tuple(map(Address, add or ())),
        removed=tuple(map(Address, remove or ())),
    )
    act = council.amendment(PartyNo(party), version, standing)
    _decide(Desk.of(context), act, key, yes=yes, as_json=as_json)


@app.command("oracles")
def oracles(
    context: typer.Context,
    member: Annotated[list[str], typer.Option(help="A member's address; repeatable.")],
    quorum: Annotated[int, typer.Option(min=1, max=255, help="How many make a fact.")],
    epoch: Annotated[int, typer.Option(min=1, help="1 for the first members, then one more.")],
    key: KeyNames,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Name the oracle members and how many of them make a fact.

    \b
    yuanliu council oracles --epoch 1 --quorum 2 --member 0x… --member 0x… --member 0x… \\
        --key council-1 --key council-2
    """
    act = council.oracles(epoch, [Address(one) for one in member], quorum)
    _decide(Desk.of(context), act, key, yes=yes, as_json=as_json)


def _decide(desk: Desk, act: Struct, names: list[str], *, yes: bool, as_json: bool) -> None:
    # Messages come back through the reader, so that an ill-formed address is a named refusal.
    act = type(act).from_json(act.to_json())
    keys: list[Key] = [desk.key(name) for name in names]
    with desk.api_for(keys[0], names[0]) as api:
        deployment = desk.deployment(api)
        print_fields(describe(act, deployment), stderr())
        confirm(type(act).__name__, agreed=yes)
        signed: SignedAct = council.decide(act, keys, deployment)
        digest = api.submit_agreements([signed])[0]
        confirmed = api.confirmed(digest)
    if as_json:
        print_json(confirmed)
    else:
        print_fields([("digest", confirmed["digest"]), ("entry", confirmed["entry"])])
