"""The supervisor: a whole Yuanliu, seeded by the demonstration, up until interrupted."""

from __future__ import annotations

from scripts.commands.demo import SAMPLE, play
from scripts.demo.performance import rehearse
from scripts.demo.screen import Screen
from scripts.founding import has_claims, read_deployment
from scripts.output import print_line
from scripts.settings import Settings
from scripts.stack import Stack, tend_until_interrupted, with_ports


def run(settings: Settings, *, api_port: int | None, node_port: int | None, seed: bool) -> None:
    """Start what there is, or what there has to be; seed an empty ledger; stay."""
    settings = with_ports(settings, api_port, node_port)
    screen = Screen()
    with Stack(settings, screen.say) as stack:
        settings = stack.settings
        if seed and not has_claims(settings, read_deployment(settings)):
            print_line(play(rehearse(SAMPLE), settings, screen))
        screen.say(f"docs page: {settings.api_url}/docs")
        screen.say(f"keys: {settings.keys_dir}, opened by {settings.dev_passphrase_file}")
        screen.say("up until Ctrl-C")
        tend_until_interrupted(stack)
