"""The docs page in a network without an internet."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import SWAGGER_UI, Settings
from ledger.store.engine import Database
from oracles.witness import Witness
from tests.api.world import URL, World, problem_of
from tests.support.synthetic import DEPLOYMENT

NAMED = re.compile(r'(?:src|href)="([^"]+)"')
LOADED = re.compile(r"url\(\s*[\"']?([^)\"']+)")
ABSOLUTE = re.compile(r"(?:https?:)?//[a-z]", re.IGNORECASE)
ASSETS = {"swagger-ui.css", "favicon.png", "swagger-ui-bundle.js", "start.js"}


def test_docs__page_and_every_asset_it_names__come_from_this_machine(world: World) -> None:
    page = world.http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    named = NAMED.findall(page.text)
    assert {f"/docs/{asset}" for asset in ASSETS} == set(named)
    assert not ABSOLUTE.search(page.text)
    for path in named:
        asset = world.http.get(path)
        assert asset.status_code == 200, path
        assert len(asset.content) > 100
        if path.endswith(".css"):
            assert all(target.startswith("data:") for target in LOADED.findall(asset.text))
            assert "@import" not in asset.text
    started = world.http.get("/docs/start.js").text
    assert 'url: "/openapi.json"' in started
    assert "http" not in started
    assert world.http.get("/openapi.json").status_code == 200


def test_docs__its_policy__names_no_other_host(world: World) -> None:
    for path in ("/docs", *(f"/docs/{asset}" for asset in ASSETS)):
        policy = world.http.get(path).headers["content-security-policy"]
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
        sources = {source for rule in rules.values() for source in rule.split()}
        assert sources == {"'none'", "'self'", "data:"}


@pytest.mark.parametrize("path", ["/redoc", "/docs/oauth2-redirect", "/docs/package.json"])
def test_docs__pages_that_are_not_ours__are_not_there(world: World, path: str) -> None:
    assert problem_of(world.http.get(path)) == "NotFound"


@pytest.mark.parametrize("asset", ["..%2Fpackage.json", "%2e%2e/%2e%2e/pyproject.toml", ""])
def test_docs__path_that_leaves_the_folder__is_not_found(world: World, asset: str) -> None:
    assert problem_of(world.http.get(f"/docs/{asset}")) == "NotFound"


def test_docs__swagger_ui_not_installed__is_not_found(database: Database, tmp_path: Path) -> None:
    settings = Settings(database_url="", deployment=DEPLOYMENT, public_url=URL)
    assert settings.swagger_ui == SWAGGER_UI
    bare = replace(settings, swagger_ui=tmp_path)
    app = create_app(bare, database, Witness(database, DEPLOYMENT))
    with TestClient(app, base_url=URL) as http:
        assert http.get("/docs").status_code == 200
        assert problem_of(http.get("/docs/swagger-ui.css")) == "NotFound"
