"""What a story is played in, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.endpoints import Endpoints
from chain.profile import EngineProfile
from client.keys import Key


@dataclass(frozen=True)
class House:
    """Where it is played: the services, the council's keys, and a folder for what comes of it.

    ``audit`` rebuilds the projection from the chain, and what credit lines hold from that: how
    many differences it found.
    """

    api_url: str
    profile: EngineProfile
    endpoints: Endpoints
    council: Sequence[Key]
    keys_dir: Path
    passphrase: str
    folder: Path
    audit: Callable[[], int]
