"""Server-sent events (WHATWG HTML, 9.2), as much of them as the API uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from client.records import Event


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Events from the lines of a stream. Comments and retry times are passed over; an event that
    the stream breaks off in is dropped, as the standard says."""
    name, data, last_id = "", list[str](), ""
    for line in lines:
        if not line:
            if data:
                yield Event(id=last_id, event=name or "message", data=json.loads("\n".join(data)))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "id":
                last_id = value
            case "event":
                name = value
            case "data":
                data.append(value)
