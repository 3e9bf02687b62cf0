"""The API's own pages for people: Swagger UI, served from this machine.

A consortium's machines may reach nothing but each other, so nothing is loaded from elsewhere,
and the page's policy wouldn't let it be.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from api.problems import NotFound
from api.routing import Route
from api.services import Given

router = APIRouter(route_class=Route, prefix="/docs", include_in_schema=False)

_OURS = Path(__file__).resolve().parent / "docs"
_PAGE = _OURS / "page.html"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
}
_START = "start.js"
_SWAGGER_UI = {
    "swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui.css",
    "favicon.png": "favicon-32x32.png",
}


@router.get("")
def show_docs() -> FileResponse:
    return FileResponse(_PAGE, headers=_HEADERS)


@router.get("/{asset}")
def show_docs_asset(services: Given, asset: str) -> FileResponse:
    """One of the files that the page names, and no other."""
    path = _file_of(asset, services.settings.swagger_ui)
    if path is None or not path.is_file():
        raise NotFound
    return FileResponse(path, headers=_HEADERS)


def _file_of(asset: str, swagger_ui: Path) -> Path | None:
    if asset == _START:
        return _OURS / _START
    name = _SWAGGER_UI.get(asset)
    return None if name is None else swagger_ui / name
