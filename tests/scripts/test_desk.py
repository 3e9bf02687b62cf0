"""The desk: whom it signs for, and what it keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from chain.profile import DEV
from client.api import Api
from client.http import Http
from scripts.desk import DeploymentDiffers, Desk
from scripts.founding import write_deployment
from scripts.settings import Settings
from tests.client.test_signing import AT, DEPLOYMENT


def _api() -> Api:
    answer = httpx.Response(200, json=DEPLOYMENT.to_json())
    return Api(Http("http://api", transport=httpx.MockTransport(lambda _: answer)))


def test_deployment__as_recorded_or_nowhere_recorded__is_signed_for(tmp_path: Path) -> None:
    settings = Settings.in_folder(DEV, tmp_path)
    assert Desk(settings).deployment(_api()) == DEPLOYMENT
    write_deployment(settings, DEPLOYMENT)
    assert Desk(settings).deployment(_api()) == DEPLOYMENT


def test_deployment__other_than_the_recorded_one__is_not_signed_for(tmp_path: Path) -> None:
    settings = Settings.in_folder(DEV, tmp_path)
    write_deployment(settings, replace(DEPLOYMENT, registry=AT.replace("A", "B")))
    with pytest.raises(DeploymentDiffers):
        Desk(settings).deployment(_api())
