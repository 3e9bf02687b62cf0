from __future__ import annotations

import socket
from pathlib import Path

from node.consortium.ports import ports_for, still_free


def test_ports_for__several_validators__none_is_given_twice() -> None:
    taken: set[int] = set()
    for _ in range(20):
        ports = ports_for(taken)
        assert len(set(ports.all)) == len(ports.all)
        assert taken.isdisjoint(ports.all)
        taken.update(ports.all)


def test_ports_for__any__lies_below_what_the_system_hands_out() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(ports_for().all) < first


def test_still_free__somebody_listens_on_one__no() -> None:
    ports = ports_for()
    assert still_free(ports)
    with socket.create_server(("127.0.0.1", ports.rpc)):
        assert not still_free(ports)
