"""Presets that people keep by a name of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.errors import Reason, SettingsInvalid
from fusion.jobs import Jobs
from fusion.own_presets import LONGEST, MOST, OwnPreset, OwnPresets
from fusion.settings import Settings
from fusion.storage import Store

SOFT = {"ratio": 0.5, "skin_smoothing": 0.8}


@pytest.fixture
def presets(store: Store) -> OwnPresets:
    return OwnPresets(store)


def names(presets: OwnPresets, owner: str = "ann") -> list[str]:
    return [each.name for each in presets.listed(owner)]


def test_a_preset_is_its_owners_alone_and_says_what_it_was_given(presets: OwnPresets) -> None:
    presets.keep("ann", OwnPreset("  My   look ", SOFT))
    presets.keep("ben", OwnPreset("My look", {"ratio": 1.0}))
    (mine,) = presets.listed("ann")
    assert (mine.name, mine.body) == ("My look", SOFT)
    assert mine.settings == Settings(ratio=0.5, skin_smoothing=0.8)
    presets.remove("ben", "My look")
    assert (names(presets), names(presets, "ben")) == (["My look"], [])


def test_one_is_overwritten_only_when_that_is_asked_and_keeps_its_place(presets: OwnPresets) -> None:
    first = presets.keep("ann", OwnPreset("a", SOFT, made=1.0))
    presets.keep("ann", OwnPreset("b", SOFT, made=2.0))
    with pytest.raises(SettingsInvalid) as caught:
        presets.keep("ann", OwnPreset("a", {"ratio": 0.1}))
    assert caught.value.reason == Reason.PRESET_TAKEN
    assert presets.listed("ann")[0] == first
    presets.keep("ann", OwnPreset("a", {"ratio": 0.1}), replaces=True)
    assert names(presets) == ["a", "b"]
    assert presets.listed("ann")[0].body == {"ratio": 0.1}


def test_one_can_be_renamed_but_not_to_another_ones_name(presets: OwnPresets) -> None:
    for name in ("a", "b"):
        presets.keep("ann", OwnPreset(name, SOFT))
    assert presets.rename("ann", "a", " c ") == "c"
    assert presets.rename("ann", "c", "c") == "c"
    with pytest.raises(SettingsInvalid) as caught:
        presets.rename("ann", "c", "b")
    assert caught.value.reason == Reason.PRESET_TAKEN
    assert sorted(names(presets)) == ["b", "c"]


@pytest.mark.parametrize("name", ["", "  ", "a" * (LONGEST + 1), "a\u202eb", "\x07"])
def test_a_name_has_characters_that_are_seen_and_not_too_many(presets: OwnPresets, name: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        presets.keep("ann", OwnPreset(name, SOFT))
    assert caught.value.reason == Reason.PRESET_NAME
    presets.keep("ann", OwnPreset("柔和 **x** 🎨", SOFT))
    assert names(presets) == ["柔和 **x** 🎨"]


def test_there_are_only_so_many(presets: OwnPresets) -> None:
    for number in range(MOST):
        presets.keep("ann", OwnPreset(str(number), SOFT))
    with pytest.raises(SettingsInvalid) as caught:
        presets.keep("ann", OwnPreset("one more", SOFT))
    assert caught.value.reason == Reason.PRESETS_TOO_MANY
    presets.keep("ann", OwnPreset("0", {}), replaces=True)
    presets.keep("ben", OwnPreset("one more", SOFT))


def test_they_go_with_everything_of_their_owner(tmp_path: Path) -> None:
    queue = Jobs(tmp_path / "jobs")
    for owner in ("ann", "ben"):
        queue.own_presets.keep(owner, OwnPreset("a", SOFT))
    queue.purge("ann")
    assert (queue.own_presets.count("ann"), queue.own_presets.count(None)) == (0, 1)
    queue.purge()
    assert queue.own_presets.count(None) == 0
    queue.close()
