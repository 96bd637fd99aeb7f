"""Whose face comes where, as settings say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fusion.errors import Reason, SettingsInvalid
from fusion.face_setting import ALL, LARGEST, MAX_MAPPED, FaceChoice, Mapped
from fusion.settings import Settings
from fusion.types import Box


def test_a_map_travels_and_one_that_is_empty_is_not_told_of() -> None:
    lines = Mapped(0, 1), Mapped(Box(1.0, 2.0, 30.0, 40.0), 0, 2), Mapped(LARGEST, 0)
    for settings in (Settings(map=lines), Settings(map=(Mapped(ALL, 7),))):
        assert Settings.loads(json.dumps(settings.to_json())) == settings
    assert "map" not in Settings().to_json()


@pytest.mark.parametrize(
    "lines",
    [
        *(0, "0=a.jpg", [0], [{"face": 0}], [{"face": "some", "photo": 0}], [{"face": 0, "photo": 8}]),
        *([{"face": 0, "photo": True}], [{"face": 0, "photo": 0, "name": "a"}]),
        [{"face": 0, "photo": 0, "source": ALL}],
    ],
)
def test_what_is_no_map_is_refused(lines: Any) -> None:
    with pytest.raises(SettingsInvalid):
        Settings.from_json({"map": lines})


def test_a_map_names_each_face_once_and_all_stands_alone() -> None:
    for lines in ((Mapped(0, 0), Mapped(0, 1)), (Mapped(ALL, 0), Mapped(1, 1))):
        with pytest.raises(SettingsInvalid) as caught:
            Settings(map=lines)
        assert caught.value.reason == Reason.FACE_MAPPED_TWICE
    with pytest.raises(SettingsInvalid):
        Settings(map=tuple(Mapped(at, 0) for at in range(MAX_MAPPED + 1)))


@pytest.mark.parametrize("beside", [{"source_photo": 0}, {"faces": FaceChoice(0)}, {"faces": FaceChoice(LARGEST, 1)}])
def test_beside_a_map_nothing_else_chooses_faces(beside: Any) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings(map=(Mapped(0, 0),), **beside)
    assert caught.value.reason == Reason.MAP_AND_CHOICE
