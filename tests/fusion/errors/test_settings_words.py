"""What is said of a wrong setting, in both languages, to the character: each setting, and each way to get it wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fusion.errors import SettingsInvalid
from fusion.settings import Settings
from pages.parts.i18n import Words

SAID = json.loads((Path(__file__).parents[2] / "data" / "settings_words.json").read_text(encoding="utf-8"))


def refusal(wrong: dict[str, Any]) -> SettingsInvalid:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_json(wrong)
    return caught.value


@pytest.mark.parametrize("each", SAID, ids=[json.dumps(each["settings"]) for each in SAID])
def test_a_wrong_setting_is_told_to_the_character(each: dict[str, Any]) -> None:
    error = refusal(each["settings"])
    assert [error.message, error.remedy] == list(Words("en").error(error)) == each["en"]
    assert list(Words("zh").error(error)) == each["zh"]


def test_every_setting_is_among_them() -> None:
    named = {name for each in SAID for name in each["settings"]}
    assert {*Settings().to_json(), "output_resolution", "preserve_aspect_ratio"} <= named
