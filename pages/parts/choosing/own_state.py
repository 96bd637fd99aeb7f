"""The presets that a visitor keeps by names of their own, as one session handles them. All that is pressed is here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from advisor.recommendation import Intent
from fusion.errors import FusionError, Reason, frameless
from fusion.own_presets import OwnPreset
from fusion.settings import FINISHING, PRESETS, Preset, Settings
from pages.parts.fuse import settings_form
from pages.parts.session import Desk, desk, pins

NAME, NEW_NAME, WHICH = "own_name", "own_new_name", "own_which"  # keys of the widgets
_LOOK = ("ratio", "mode", "glasses", "facial_hair", "mirror", *FINISHING)
_OF_SIZE = {name: (name, "fill") if name == "fit" else (name,) for name in pins.ADVISED}


@dataclass(slots=True)
class Own:
    """Those of one session's visitor.

    Attributes:
        on: the name of the one that was chosen last; "" for none, or a built-in one.
        asks: a name that is taken, and may be overwritten if somebody says so.
        gone: the one that was deleted last, and can be brought back.
        error: why the last thing could not be done.
    """

    here: Desk
    on: str = ""
    asks: str = ""
    gone: OwnPreset | None = None
    error: FusionError | None = None

    def listed(self) -> tuple[OwnPreset, ...]:
        """All, the oldest first."""
        return self.here.queue.own_presets.listed(self.here.owner)

    def changed(self, presets: Iterable[OwnPreset]) -> bool | None:
        """Whether settings were changed since the preset that is on, built in or not; None where none is."""
        said = next((preset.body for preset in presets if preset.name == self.on), None)
        now, pinned = settings_form.chosen(), self.here.wishes.pinned
        if said is not None:
            return body_of(now, pinned) != said
        if self.here.wishes.intent == Intent.AUTO:
            return None
        look = {name: value for name, value in PRESETS[Preset(self.here.wishes.intent)].items() if name != "output"}
        return any(getattr(now, name) != value for name, value in look.items())

    # what buttons do

    def choose(self, preset: OwnPreset) -> None:
        """Set what it says; sizes that it leaves open are left to the advisor."""
        self._clear()
        try:
            said = {name: getattr(preset.settings, name) for name in preset.body}
        except FusionError as error:
            self.error = frameless(error)
            return
        wishes = self.here.wishes
        wishes.intent, wishes.pinned = Intent.AUTO, frozenset(said) & frozenset(pins.ADVISED)
        self.on = preset.name
        settings_form.put(self.here, replace(settings_form.chosen(), **(pins.values(Settings()) | said)))

    def save(self) -> None:
        """Keep what is set, under the name that was written; a name that is taken is asked about first."""
        self._keep(st.session_state.get(NAME, ""), replaces=False)

    def overwrite(self, name: str) -> None:
        """The same in place of the one of that name."""
        self._keep(name, replaces=True)

    def rename(self, name: str) -> None:
        """Give one the name that was written."""
        presets, new = self.here.queue.own_presets, str(st.session_state.get(NEW_NAME, ""))
        self._tried(lambda: self._renamed(name, presets.rename(self.here.owner, name, new)))

    def delete(self, preset: OwnPreset) -> None:
        """Forget one; it can be brought back."""
        self._tried(lambda: self.here.queue.own_presets.remove(self.here.owner, preset.name))
        if self.error is None:
            self.gone, self.on = preset, "" if self.on == preset.name else self.on

    def bring_back(self) -> None:
        """The one that was deleted last."""
        gone = self.gone
        if gone is not None:
            self._tried(lambda: self.here.queue.own_presets.keep(self.here.owner, gone))

    def leave(self) -> None:
        """None of them is chosen any more."""
        self.on = ""

    def _keep(self, name: str, *, replaces: bool) -> None:
        preset = OwnPreset(str(name), body_of(settings_form.chosen(), self.here.wishes.pinned))

        def keep() -> None:
            self.on = self.here.queue.own_presets.keep(self.here.owner, preset, replaces=replaces).name
            st.session_state[NAME] = ""
            st.session_state[WHICH] = self.on

        self._tried(keep)
        if self.error is not None and self.error.reason == Reason.PRESET_TAKEN and not replaces:
            self.asks, self.error = str(self.error.details["name"]), None

    def _renamed(self, name: str, new: str) -> None:
        st.session_state[WHICH] = new
        st.session_state[NEW_NAME] = ""
        if self.on == name:
            self.on = new

    def _tried(self, act: Callable[[], object]) -> None:
        self._clear()
        try:
            act()
        except FusionError as error:
            self.error = frameless(error)

    def _clear(self) -> None:
        self.asks, self.gone, self.error = "", None, None


def body_of(settings: Settings, pinned: frozenset[str]) -> dict[str, Any]:
    """What a preset says of what is set: the look, the finishing, and those sizes that somebody has set by hand."""
    data = settings.to_json()
    sizes = [each for name in pins.ADVISED if name in pinned for each in _OF_SIZE[name]]
    return {name: data[name] for name in (*_LOOK, *sizes)}


def as_file(preset: OwnPreset) -> str:
    """As "Import settings" takes it."""
    return json.dumps(dict(preset.body), indent=2, ensure_ascii=False) + "\n"


def own() -> Own:
    """This session's."""
    kept: Own = st.session_state.setdefault("own", Own(desk()))
    return kept
