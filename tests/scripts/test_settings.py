"""Settings: one reading of the environment, and the way back into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.settings import InvalidSetting
from chain.endpoints import Endpoints
from chain.profile import DEV, UnknownProfile
from scripts.metrics_ports import MetricsPorts
from scripts.settings import Settings
from scripts.stack import with_metrics_ports


def test_settings__empty_environment__are_the_dev_profiles() -> None:
    settings = Settings.from_environment({"DATABASE_URL": ""})
    assert settings.profile == DEV
    assert settings.data_dir == Path("var/dev").absolute()
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'yuanliu.db'}"


def test_settings__written_to_an_environment__are_read_back(tmp_path: Path) -> None:
    settings = Settings.in_folder(DEV, tmp_path).at(1234, 5678)
    assert Settings.from_environment(settings.environment()) == settings


def test_settings__services_announced__are_found_by_other_commands(tmp_path: Path) -> None:
    Settings.in_folder(DEV, tmp_path).at(1234, 5678).announce()
    found = Settings.from_environment({"YUANLIU_DATA_DIR": str(tmp_path)})
    assert found.api_url == "http://127.0.0.1:1234"
    assert found.endpoints == Endpoints(("http://127.0.0.1:5678",))


def test_settings__several_endpoints__are_kept_in_their_order() -> None:
    given = {"YUANLIU_RPC_URL": "http://a:1, http://b:2", "YUANLIU_COMET_URL": "http://a:3"}
    settings = Settings.from_environment(given)
    assert settings.endpoints == Endpoints(("http://a:1", "http://b:2"), ("http://a:3",))
    assert Settings.from_environment(settings.environment()) == settings


def test_settings__unknown_profile_or_url__are_refused() -> None:
    with pytest.raises(UnknownProfile):
        Settings.from_environment({"PROFILE": "moon"})
    with pytest.raises(InvalidSetting):
        Settings.from_environment({"YUANLIU_API_URL": "127.0.0.1:8000"})


def test_metrics_ports__given_announced_and_off__each_counts(tmp_path: Path) -> None:
    ports = MetricsPorts(relayer=1001, indexer=1002, api=0)
    announced = replace(Settings.in_folder(DEV, tmp_path), metrics=ports)
    announced.announce()
    given = {"YUANLIU_DATA_DIR": str(tmp_path), "YUANLIU_METRICS_PORT_INDEXER": "0"}
    found = Settings.from_environment(given)
    assert found.metrics == MetricsPorts(relayer=1001, indexer=0, api=0)
    assert Settings.from_environment(found.environment()) == found


def test_metrics_ports__chosen__leave_what_is_off(tmp_path: Path) -> None:
    settings = replace(Settings.in_folder(DEV, tmp_path), metrics=MetricsPorts(api=0))
    ports = with_metrics_ports(settings).metrics
    assert ports.api == 0
    assert ports.relayer
    assert ports.indexer
    assert ports.relayer != ports.indexer


@pytest.mark.parametrize("port", ["x", "65536", "-1"])
def test_metrics_ports__no_port__is_refused(port: str) -> None:
    with pytest.raises(InvalidSetting):
        Settings.from_environment({"YUANLIU_METRICS_PORT_API": port})
