"""The page for the person on duty: the same as ``/status.json``, without script or asset.

It renews itself. Counts and ages of the whole are on it, nothing of any party.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.routing import Route
from api.services import Given
from api.status import Engine, ServiceState, Status, look

router = APIRouter(route_class=Route, tags=["operation"])

_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin: 1.5rem 0 0.3rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; font-weight: normal; padding: 0.15rem 0; border-top: 1px solid #8884 }
td { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
.well { color: #157a3c } .ill { color: #b3261e }
:root { color-scheme: light dark }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
}
_RENEWED_SECONDS = 5

Rows = Iterable[tuple[str, object]]


@router.get("/status.json")
def show_status(services: Given) -> Status:
    """How operation goes: heights, queue, refusals by name, troubles. 200 also when there are."""
    return look(services)


@router.get("/status", include_in_schema=False)
def show_status_page(services: Given) -> HTMLResponse:
    return HTMLResponse(_page(look(services)), headers=_HEADERS)


def _page(status: Status) -> str:
    well = not status.troubles
    troubles = "".join(f'<li class="ill">{escape(one)}</li>' for one in status.troubles)
    verdict = '<p class="well">All is well.</p>' if well else f"<ul>{troubles}</ul>"
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{_RENEWED_SECONDS}">
<title>{"✓" if well else "✗"} Yuanliu</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Yuanliu, {escape(status.time)}</h1>
{verdict}
{"".join(_table(title, rows) for title, rows in tables(status))}
</body>
</html>
"""


def _table(title: str, rows: Rows) -> str:
    cells = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(_shown(value))}</td></tr>"
        for name, value in rows
    )
    return f"<h2>{escape(title)}</h2><table>{cells}</table>\n"


def tables(status: Status) -> Iterable[tuple[str, Rows]]:
    """What there is to show, as titled rows of a name and a value (None: not known)."""
    queue, projection, versions = status.queue, status.projection, status.versions
    yield "Engine", _engine_rows(status.engine)
    yield (
        "Projection",
        [
            ("block", projection.block),
            ("entries", projection.entries),
            ("blocks behind", projection.behind_blocks),
            ("seconds behind", projection.behind_seconds),
        ],
    )
    yield (
        "Queue",
        [
            ("accepted", queue.accepted),
            ("sent", queue.sent),
            ("oldest, seconds", queue.oldest_seconds),
        ],
    )
    yield "Refused in the last hour", sorted(queue.refused_last_hour.items()) or [("none", 0)]
    yield "Services", [(name, _service(one)) for name, one in status.services.items()]
    yield (
        "Versions",
        [
            ("yuanliu", versions.yuanliu),
            ("contracts", versions.contracts),
            ("database", versions.database),
        ],
    )


def _engine_rows(engine: Engine) -> Rows:
    yield "profile", engine.profile
    yield "chain", engine.chain_id
    yield "height", engine.height
    yield "nodes answering", _of(engine.nodes_up, engine.nodes)
    if engine.validators is not None:
        yield "validators signing", _of(engine.signing, engine.validators)


def _service(state: ServiceState) -> str | None:
    return None if state.heard is None else f"{state.version}, heard {state.heard}"


def _of(some: int | None, all_of_them: int | None) -> str | None:
    return None if some is None else f"{some} of {all_of_them}"


def _shown(value: object) -> str:
    return "not known" if value is None else str(value)
