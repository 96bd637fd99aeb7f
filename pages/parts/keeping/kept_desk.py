"""A desk as JSON and back: which photos, which faces, which settings, which job and which result."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from advisor.recommendation import Intent
from fusion.desks import Snapshot
from fusion.errors import FusionError, Reason, SettingsInvalid
from fusion.jobs import JobView
from fusion.plain_text import printable_json
from fusion.settings import Settings
from fusion.types import ENDED, Role
from pages.parts.fuse import settings_form
from pages.parts.session import Desk, Slot, pins, previews

FORMAT = 1
# What reading something raises that nobody wrote, as after a fault of the disk.
_NOT_UNDERSTOOD = (AssertionError, AttributeError, LookupError, TypeError, ValueError, SettingsInvalid)


def taken(here: Desk, settings: Settings, sides: tuple[int, int]) -> Snapshot:
    """The desk at this moment; without a body where there is nothing on it that is worth keeping.

    Args:
        settings: what the widgets say.
        sides: of a size of one's own, px, whether it is chosen or not.
    """
    slots = [slot for slot in _slots(here) if slot.view is not None]
    seen: dict[str, object] = {slot.view.sha256: slot.view for slot in slots if slot.view is not None}
    if here.result is not None:
        seen[here.result.job] = here.result
    photos = {slot.view.sha256: slot.data for slot in slots if slot.view is not None}
    body = _body(here, settings, sides) if slots or _is_at_work(here, settings) else None
    text = "" if body is None else json.dumps(printable_json(body), separators=(",", ":"))
    return Snapshot(text, photos, seen, here.result.job if here.result is not None else None)


def _slots(here: Desk) -> tuple[Slot, ...]:
    return (*here.slots.values(), *here.more.slots)


def _is_at_work(here: Desk, settings: Settings) -> bool:
    by_hand = replace(settings, **pins.values(Settings()))  # what is advised is set by hand only where it is pinned
    is_changed = bool(here.wishes.pinned) or here.wishes.intent != Intent.AUTO or by_hand != Settings()
    return is_changed or any((here.job, here.failed, here.result))


def _body(here: Desk, settings: Settings, sides: tuple[int, int]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "photos": {str(role): _photo(slot) for role, slot in here.slots.items() if slot.view is not None},
        "more": [_photo(slot) for slot in here.more.slots],
        "settings": here.asked(settings).to_json(),
        "sides": list(sides),
        "intent": str(here.wishes.intent),
        "pinned": sorted(here.wishes.pinned),
        # Where each job is asked for, so is the next: what was ticked for one is carried to no other.
        "consent": None if here.agreed.is_per_job else here.agreed.at,
        "job": here.job,
        "failed": here.failed,
        "result": None if here.result is None else here.result.job,
        "fused": list(here.fused),
    }


def _photo(slot: Slot) -> dict[str, str]:
    assert slot.view is not None
    return {"sha256": slot.view.sha256, "name": slot.name}


@dataclass(frozen=True, slots=True)
class Restoring:
    """Puts a desk back as it was.

    Attributes:
        photo: gives a photo by its sha256; raises FusionError "photos_gone".
        job: gives a job that may be seen here by its id; raises FusionError.
    """

    snapshot: Snapshot
    photo: Callable[[str], bytes]
    job: Callable[[str], JobView]

    def onto(self, here: Desk) -> None:
        """Everything onto an empty desk, and into the widgets.

        Raises:
            FusionError: "desk_unreadable", "photos_gone"; then there is not everything.
        """
        try:
            self._put(here, json.loads(self.snapshot.body))
        except _NOT_UNDERSTOOD as error:
            why = error.message if isinstance(error, FusionError) else f"{type(error).__name__}: {error}"
            raise FusionError(Reason.DESK_UNREADABLE, why=why) from error

    def _put(self, here: Desk, body: Mapping[str, Any]) -> None:
        if body["format"] != FORMAT:
            raise ValueError(f"format {body['format']}")
        settings, sides = Settings.from_json(body["settings"]), body["sides"]
        self._photos(here, body)
        here.lay(settings)
        here.wishes.intent, here.wishes.pinned = Intent(body["intent"]), frozenset(map(str, body["pinned"]))
        settings_form.prepare()
        settings_form.set_sides(int(sides[0]), int(sides[1]))
        settings_form.put(here, settings)
        if body["consent"] is not None and not here.agreed.is_per_job:
            here.agreed.at = float(body["consent"])
        self._result(here, body)
        self._job(here, body["job"])

    def _photos(self, here: Desk, body: Mapping[str, Any]) -> None:
        for name, photo in body["photos"].items():
            self._take(here, Role(name), photo)
        for photo in body["more"]:
            self._take(here, None, photo)

    def _take(self, here: Desk, role: Role | None, photo: Mapping[str, str]) -> None:
        """Args: role: None for a further photo of the source's person."""
        sha256 = photo["sha256"]
        data = self.snapshot.photos.get(sha256) or self.photo(sha256)
        view = self.snapshot.seen.get(sha256)
        here.put_back(role, data, photo["name"], view if isinstance(view, previews.PhotoView) else None)

    def _result(self, here: Desk, body: Mapping[str, Any]) -> None:
        view = self._there(body["result"])
        if view is not None and view.outcome is not None:
            seen = self.snapshot.seen.get(view.id)
            with contextlib.suppress(OSError):  # its file is gone, as the history says
                if not isinstance(seen, previews.ResultView):
                    seen = previews.view_result(view.id, view.settings, view.outcome)
                here.result, here.fused = seen, tuple(map(str, body["fused"]))
        failed = self._there(body["failed"])
        if failed is not None and failed.progress.state in ENDED:
            here.failed, here.error = failed.id, failed.error

    def _job(self, here: Desk, id: str | None) -> None:
        view = self._there(id)
        if view is not None:
            here.job = view.id
            here.settle()

    def _there(self, id: str | None) -> JobView | None:
        """A job; None where there is none, as once it was deleted."""
        if id is None:
            return None
        try:
            return self.job(id)
        except FusionError:
            return None
