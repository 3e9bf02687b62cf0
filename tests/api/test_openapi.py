from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api import app as composition
from api.settings import InvalidSetting, read_settings
from ledger.store.engine import open_database
from tests.api.world import World
from tests.support.synthetic import DEPLOYMENT


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method} {path}", operation


def test_openapi__every_operation__has_one_tidy_name_and_problems(world: World) -> None:
    document = world.http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(set(names)) == len(names) > 40
    assert all(name.isalnum() for name in names)
    for place, operation in _operations(document):
        problem = operation["responses"]["4XX"]["content"]
        assert list(problem) == ["application/problem+json"], place
        assert "422" not in operation["responses"], place


def test_openapi__every_reference__resolves(world: World) -> None:
    document = world.http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(document))
    assert len(found) > 40
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def test_openapi__every_success__is_typed(world: World) -> None:
    document = world.http.get("/openapi.json").json()
    for place, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status in ("4XX", "5XX", "204"):
                continue
            for media_type, content in response["content"].items():
                if media_type == "application/json":
                    assert "$ref" in content["schema"], place


def test_ready__indexed_database__is_ready(world: World) -> None:
    answer = world.http.get("/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["entries"] == world.posted
    assert world.http.get("/health").json() == {"status": "ok"}


def test_ready__database_without_schema__is_not(world: World, tmp_path: Path) -> None:
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    services = world.app.state.services
    world.app.state.services = replace(services, database=empty)
    answer = world.http.get("/ready")
    empty.close()
    assert (answer.status_code, answer.json()["migrated"]) == (503, False)


def test_settings__environment__is_read_and_checked(tmp_path: Path) -> None:
    (tmp_path / "deployment.json").write_text(json.dumps(DEPLOYMENT.to_json()))
    given = {"YUANLIU_DATA_DIR": str(tmp_path), "YUANLIU_API_URL": "http://127.0.0.1:9001/"}
    settings = read_settings(given)
    assert (settings.port, settings.host, settings.domain) == (9001, "127.0.0.1", "127.0.0.1:9001")
    assert settings.deployment == DEPLOYMENT
    assert settings.database_url == f"sqlite:///{tmp_path / 'yuanliu.db'}"
    assert "yuanliu.db" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YUANLIU_API_URL", "ftp://x"),
        ("YUANLIU_API_URL", "http://user@x"),
        ("YUANLIU_API_URL", "http://x:99999999"),
        ("YUANLIU_API_PORT", "0"),
        ("YUANLIU_API_PORT", "http"),
        ("YUANLIU_API_ORIGINS", "*"),
        ("YUANLIU_DATA_DIR", "/nowhere"),
    ],
)
def test_settings__unusable__are_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "deployment.json").write_text(json.dumps(DEPLOYMENT.to_json()))
    with pytest.raises(InvalidSetting, match=name):
        read_settings({"YUANLIU_DATA_DIR": str(tmp_path), name: value})


def test_subjects__all__are_composed() -> None:
    modules = {path.stem for path in Path(composition.__file__).parent.glob("*.py")}
    with_router = {
        name
        for name in modules
        if "router = APIRouter"
        in (Path(composition.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    }
    composed = {subject.__name__.removeprefix("api.") for subject in composition.SUBJECTS}
    assert composed == with_router
