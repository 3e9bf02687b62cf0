"""`yuanliu council`: acts that a quorum of the council signs."""

from __future__ import annotations

from typing import Annotated

import typer

from chain.rpc import Rpc
from chain.transactions import Sender
from client import council
from ledger.acts import enact_policy_call
from ledger.agreements import FOREVER
from ledger.identifiers import party_id
from ledger.ids import Address, PartyNo
from ledger.roles import roles_named
from ledger.typed import ADDRESS
from scripts import founding
from scripts.commands import orders
from scripts.deciding import Ending, Hours, Out, decide
from scripts.desk import AsJson, Desk, KeyNames, Yes
from scripts.output import print_fields, print_json

app = typer.Typer(
    no_args_is_help=True,
    help="""The council's acts: who takes part, who witnesses, who runs the nodes, what may post.

    Each is signed by as many members as make a quorum: give --key once for each of them, or write
    the act to a file with --out, have each member add to it with `yuanliu sign FILE --side
    council`, and hand it in with `yuanliu hand-in FILE`.""",
)
orders.register(app)

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
    out: Out = None,
    hours: Hours = 1,
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
    decide(Desk.of(context), act, key, Ending(yes, as_json, out, hours))


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
    out: Out = None,
    hours: Hours = 1,
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
    decide(Desk.of(context), act, key, Ending(yes, as_json, out, hours))


@app.command("oracles")
def oracles(
    context: typer.Context,
    member: Annotated[list[str], typer.Option(help="A member's address; repeatable.")],
    quorum: Annotated[int, typer.Option(min=1, max=255, help="How many make a fact.")],
    epoch: Annotated[int, typer.Option(min=1, help="1 for the first members, then one more.")],
    key: KeyNames,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """Name the oracle members and how many of them make a fact.

    \b
    yuanliu council oracles --epoch 1 --quorum 2 --member 0x… --member 0x… --member 0x… \\
        --key council-1 --key council-2
    """
    act = council.oracles(epoch, [Address(one) for one in member], quorum)
    decide(Desk.of(context), act, key, Ending(yes, as_json, out, hours))


@app.command("constitute")
def constitute(
    context: typer.Context,
    member: Annotated[list[str], typer.Option(help="A member's address; repeatable.")],
    quorum: Annotated[int, typer.Option(min=1, max=255, help="How many of them decide.")],
    epoch: Annotated[int, typer.Option(min=1, help="The council's present epoch plus 1.")],
    key: KeyNames,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """Hand the council over to these members; signed by a quorum of the present ones.

    \b
    yuanliu council constitute --epoch 2 --quorum 2 --member 0x… --member 0x… --member 0x… \\
        --key council-1 --key council-2
    """
    act = council.constitution(epoch, [Address(one) for one in member], quorum)
    decide(Desk.of(context), act, key, Ending(yes, as_json, out, hours))


@app.command("validator")
def validator(
    context: typer.Context,
    validator_key: Annotated[
        str,
        typer.Argument(
            metavar="VALIDATOR",
            help="Its public key, 0x… or base64 (CometBFT), or its address (QBFT).",
        ),
    ],
    party: Annotated[int, typer.Option(help="The party whose node it is.")],
    power: Annotated[int, typer.Option(min=0, help="Voting power; 0 removes it. QBFT: 1.")],
    key: KeyNames,
    version: Annotated[
        int, typer.Option(min=0, help="Its version, as `show consortium` says; 0 for a new one.")
    ] = 0,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """Admit a validator, change its voting power, or remove it.

    \b
    yuanliu council validator n5Zt…= --party 5 --power 10 --key council-1 --key council-2
    yuanliu council validator n5Zt…= --party 5 --power 0 --version 1 --key council-1 \\
        --key council-2
    """
    known = council.validator_key(validator_key)
    act = council.validator_change(known, PartyNo(party), power, version)
    decide(Desk.of(context), act, key, Ending(yes, as_json, out, hours))


@app.command("policy")
def policy(
    context: typer.Context,
    contract: Annotated[str, typer.Argument(help="The policy contract's address.")],
    key: KeyNames,
    authorise: Annotated[
        bool,
        typer.Option("--authorise/--end", help="Schedule its authority, or end it at once."),
    ],
    version: Annotated[int, typer.Option(min=0, help="How many changes it has seen.")] = 0,
    yes: Yes = False,
    as_json: AsJson = False,
    out: Out = None,
    hours: Hours = 1,
) -> None:
    """Schedule a policy contract's authority to post, or end it at once.

    A scheduled authority is to be enacted once the policy delay has passed.

    \b
    yuanliu council policy 0x… --authorise --key council-1 --key council-2
    yuanliu council policy 0x… --end --version 1 --key council-1 --key council-2
    """
    act = council.policy_change(Address(contract), version, authorised=authorise)
    decide(Desk.of(context), act, key, Ending(yes, as_json, out, hours))


@app.command("enact")
def enact(
    context: typer.Context,
    contract: Annotated[str, typer.Argument(help="The policy contract's address.")],
    as_json: AsJson = False,
) -> None:
    """Carry out a scheduled authority whose delay has passed.

    Anyone may: nobody signs. Sent by the operator with the key `deployer`.

    \b
    yuanliu council enact 0x…
    """
    settings = Desk.of(context).settings
    deployment = founding.read_deployment(settings)
    call = enact_policy_call(read_address(contract))
    with Rpc(settings.endpoints.rpc) as rpc:
        sender = Sender(rpc, settings.profile, founding.account(settings, founding.DEPLOYER))
        receipt = sender.send(deployment.registry, call)
    done = {"transaction": receipt["transactionHash"], "block": int(receipt["blockNumber"], 16)}
    if as_json:
        print_json(done)
    else:
        print_fields(done.items())


def read_address(text: str) -> Address:
    try:
        found: Address = ADDRESS.from_json(text)
    except ValueError as error:
        raise typer.BadParameter(f"an address {error}") from None
    return found
