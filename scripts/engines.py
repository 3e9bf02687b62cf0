"""Which engines this program runs itself, on this machine, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from chain.profile import CONSORTIUM, DEV
from ledger.errors import Refused
from ledger.ids import Address
from node.dev import DevNode
from node.engine import Node
from scripts import founding
from scripts.settings import Settings


@dataclass
class EngineNotRunHere(Refused):
    """The profile's engine is run by its operators, each on a machine of their own."""

    profile: str
    summary: ClassVar[str] = (
        "The engine of the profile {profile} isn't started from here: see docs/operations."
    )


def node_for(
    settings: Settings, also_funded: Sequence[Address] = (), *, whole: bool = False
) -> Node:
    """The profile's engine in the data folder, not started; ``EngineNotRunHere``.

    ``also_funded`` are accounts, besides the operator's, that will send transactions. One that
    stays ``whole`` can't be partitioned, and has no wires of ours between its validators.
    """
    if settings.profile == DEV:
        return DevNode(settings.node_dir, port_of(settings.endpoints.rpc[0]))
    if settings.profile == CONSORTIUM:
        from node.consortium.controlled import ControlledNetwork  # an optional extra

        accounts = founding.engine_accounts(settings)
        return ControlledNetwork(
            settings.node_dir,
            funded=(*accounts.funded, *also_funded),
            deployers=accounts.deployers,
            partitionable=not whole,
        )
    raise EngineNotRunHere(settings.profile.name)


def port_of(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"{url} names no port")
    return port
