"""Further photos of the source's person on a desk, and which of all of them suits the target best."""

from __future__ import annotations

from dataclasses import dataclass, field

from fusion import sources
from fusion.errors import FusionError, PhotoRejected, Reason, SettingsInvalid
from fusion.face_setting import LARGEST
from fusion.settings import MAX_SOURCES
from fusion.sources import Choice, Look
from fusion.types import Role, Switch
from pages.parts.session.photo_slot import Slot, filled


@dataclass(slots=True)
class SourceShelf:
    """Beside the first source photo, which has a slot of its own.

    Attributes:
        slots: of photos that were read; each has its turn.
        picked: the place that somebody has chosen, the first photo counting as 0; None: the best is taken.
    """

    slots: list[Slot] = field(default_factory=list)
    picked: int | None = None
    turn: int = 0  # goes into the uploader's key, as in `Slot`

    def add(self, data: bytes, name: str) -> FusionError | None:
        """One more photo; why it is not taken, if it is not."""
        self.turn += 1
        if len(self.slots) + 1 >= MAX_SOURCES:
            return PhotoRejected(Reason.SOURCES_TOO_MANY, count=len(self.slots) + 2, limit=MAX_SOURCES)
        slot = filled(Role.SOURCE, data, name, self.turn)
        if slot.view is not None:
            self.slots.append(slot)
        return slot.error

    def remove(self, place: int) -> None:
        """Take a photo away, counted as in `picked`; the choice goes with it."""
        self.picked = None
        del self.slots[place - 1]

    def pick(self, place: int) -> None:
        """Choose a photo; once more, and the choice is left to the program again."""
        self.picked = None if self.picked == place else place

    def choose(self, place: int | None) -> FusionError | None:
        """What a settings file says, None for the best; why it cannot be, if there is no such photo."""
        count = len(self.slots) + 1
        if place is not None and place >= count:
            return SettingsInvalid(Reason.SOURCE_INDEX, index=place, count=count)
        self.picked = place
        return None

    def all(self, first: Slot) -> tuple[Slot, ...]:
        """All photos with the first one; none where its place is empty."""
        return (first, *self.slots) if first.view else ()

    def best(self, target: Slot, first: Slot, mirror: Switch = Switch.AUTO) -> tuple[int, Choice] | None:
        """The place of the photo that the landmark engine will take, and why; None where that cannot be told yet."""
        wanted = target.view.measured(target.chosen) if target.view else None
        looks = [_look(slot, is_first=slot is first) for slot in self.all(first)]
        if wanted is None or sum(look is not None for look in looks) < 2:
            return None
        return sources.best(wanted, looks, mirror)

    def used(self, target: Slot, first: Slot) -> Slot:
        """The photo that was chosen, or that suits best; the first where neither can be told."""
        found = self.best(target, first)
        place = found[0] if found and self.picked is None else self.picked or 0
        return self.all(first)[place] if first.view else first


def _look(slot: Slot, *, is_first: bool) -> Look | None:
    """Of the face that will be used: that of the first photo can be chosen."""
    return slot.view.measured(slot.chosen if is_first else LARGEST) if slot.view else None
