"""The app's own settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion import config
from fusion.errors import SettingsInvalid


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FUSEWISE_DATA")
    settings = config.load()
    assert settings.max_upload_bytes == 25 * 1024 * 1024
    assert settings.face_landmarker is None
    assert settings.weights is None
    assert settings.data.name == "fusewise"


def test_variables_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "25.5")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    assert config.load().max_upload_bytes == 26_738_688
    assert config.load().data == tmp_path


def test_what_has_not_changed_is_not_read_again_and_what_has_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.load()
    assert config.load() is before
    monkeypatch.setenv("FUSEWISE_HISTORY_DAYS", str(before.history_days + 1))
    assert config.load().history_days == before.history_days + 1
    monkeypatch.undo()
    assert config.load() == before


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "")
    assert config.load().max_upload_mb == 25


@pytest.mark.parametrize("value", ["ten", "0", "-1", "1e9", "nan"])
def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", value)
    with pytest.raises(SettingsInvalid) as caught:
        config.load()
    assert caught.value.details["key"] == "FUSEWISE_MAX_UPLOAD_MB"
    assert caught.value.details["value"] == value


def test_who_makes_pictures_may_be_called_by_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.load().producer == "Fusewise"
    monkeypatch.setenv("FUSEWISE_PRODUCER", "001191110102MAD55U9H0F10002")
    assert config.load().producer == "001191110102MAD55U9H0F10002"


@pytest.mark.parametrize("value", ["Two words", 'a"b', "a\\b", "融合", "a" * 101, "tab\there"])
def test_a_name_that_no_label_may_have_is_refused_with_the_characters_that_one_may(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FUSEWISE_PRODUCER", value)
    with pytest.raises(SettingsInvalid) as caught:
        config.load()
    assert caught.value.details["key"] == "FUSEWISE_PRODUCER"
    assert "none of them a blank" in caught.value.message
