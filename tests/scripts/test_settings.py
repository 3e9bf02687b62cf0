"""Settings: one reading of the environment, and the way back into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import InvalidSetting
from chain.profile import DEV, UnknownProfile
from scripts.settings import Settings


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
    assert (found.api_url, found.rpc_url) == ("http://127.0.0.1:1234", "http://127.0.0.1:5678")


def test_settings__unknown_profile_or_url__are_refused() -> None:
    with pytest.raises(UnknownProfile):
        Settings.from_environment({"PROFILE": "moon"})
    with pytest.raises(InvalidSetting):
        Settings.from_environment({"YUANLIU_API_URL": "127.0.0.1:8000"})
