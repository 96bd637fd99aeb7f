"""The photos on a desk: each in its place, with the faces that were chosen on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from advisor.recommendation import Pair
from fusion.errors import FusionError, frameless
from fusion.face_setting import FaceChoice
from fusion.photos import samples
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.types import Role
from pages.parts.services import upkeep
from pages.parts.session.agreement import Agreement
from pages.parts.session.face_mapping import FaceMapping
from pages.parts.session.photo_slot import Slot, filled, pair_of
from pages.parts.session.previews import PhotoView
from pages.parts.session.source_shelf import SourceShelf


@dataclass(slots=True, kw_only=True)
class DeskPhotos:
    """A target, a source, and further photos of the source's person.

    Attributes:
        more: beside the first photo of the source's person.
        mapping: whose face comes where, where several faces of the target are fused.
        agreed: whether the people in them agreed.
        note: what there is to know about what was put here, as from the history.
    """

    slots: dict[Role, Slot] = field(default_factory=lambda: {role: Slot() for role in Role})
    more: SourceShelf = field(default_factory=SourceShelf)
    mapping: FaceMapping = field(default_factory=FaceMapping)
    agreed: Agreement = field(default_factory=Agreement)
    note: FusionError | None = None

    def take(self, role: Role, data: bytes, name: str = "", *, is_sample: bool = False) -> None:
        """Put a photo in its place; a photo that is refused leaves its reason there. The other one stays."""
        self.slots[role] = filled(role, data, name, self.slots[role].turn + 1, is_sample=is_sample)
        self.note = None
        self.agreed.renew()
        self._let_go(role)
        upkeep().soon()

    def take_sources(self, photos: Iterable[tuple[str, bytes]]) -> None:
        """Photos of one person, each by its file's name: the first into its place if that is free, the others beside.

        What is refused is noted.
        """
        self.agreed.renew()
        for name, data in photos:
            if self.slots[Role.SOURCE].view is None:
                self.take(Role.SOURCE, data, name)
            elif (error := self.more.add(data, name)) is not None:
                self.note = frameless(error)
        upkeep().soon()

    def put_back(self, role: Role | None, data: bytes, name: str, view: PhotoView | None = None) -> None:
        """A photo as it lay here before, with the consent that was given for it.

        Args:
            role: None for a further photo of the source's person.
            view: what was found in it; None where that is not known any more.
        """
        turn = self.more.turn if role is None else self.slots[role].turn + 1
        slot = Slot(data, name, view, turn=turn) if view else filled(role or Role.SOURCE, data, name, turn)
        if role is not None:
            self.slots[role] = slot
        elif slot.view is not None:
            self.more.slots.append(slot)

    def remove_source(self, place: int) -> None:
        """Take one of several source photos away; the next moves up to the first place."""
        self.mapping.without(place)
        if place > 0 or not self.more.slots:
            self.more.remove(place) if place > 0 else self.remove(Role.SOURCE)
            return
        self.slots[Role.SOURCE] = self.more.slots[0]
        self.more.remove(1)

    def take_samples(self) -> None:
        """The sample pair in both places."""
        for role, data, name in zip(Role, samples.sample_pair(), samples.names(), strict=True):
            self.take(role, data, name, is_sample=True)

    def swap(self) -> None:
        """Target and source change places."""
        target, source = self.slots[Role.TARGET], self.slots[Role.SOURCE]
        self.slots = {Role.TARGET: source, Role.SOURCE: target}
        self.mapping.end()
        target.turn = source.turn = max(target.turn, source.turn) + 1

    def remove(self, role: Role) -> None:
        """An empty place for another photo; further ones of a source go too."""
        self.slots[role] = Slot(turn=self.slots[role].turn + 1)
        self._let_go(role)
        upkeep().soon()

    def _let_go(self, role: Role) -> None:
        """Of what was said of another photo in that place."""
        if role == Role.TARGET:
            self.mapping.end()
            return
        for place in range(len(self.more.slots), 0, -1):
            self.mapping.without(place)
        self.more = SourceShelf(turn=self.more.turn + 1)

    def choose(self, role: Role, index: int) -> None:
        """One of several faces, counted from left to right."""
        self.slots[role].choose(index)

    @property
    def faces(self) -> FaceChoice:
        """The chosen faces."""
        return FaceChoice(self.slots[Role.TARGET].chosen, self.slots[Role.SOURCE].chosen)

    @property
    def sources(self) -> tuple[Slot, ...]:
        """All source photos; none where the first place is empty."""
        return self.more.all(self.slots[Role.SOURCE])

    @property
    def used_source(self) -> Slot:
        """The source photo that was chosen, or that suits best; of several faces' the first."""
        if self.mapping.is_on:
            return self.slots[Role.SOURCE]
        return self.more.used(*self.slots.values())

    @property
    def subject(self) -> Subject | None:
        """What the photos bring; None without a target."""
        pair = self.pair
        return None if pair is None else pair.subject

    @property
    def pair(self) -> Pair | None:
        """The same, with what advice must know of the chosen faces."""
        if self.mapping.is_on:
            return self.mapping.pair(self.slots[Role.TARGET], self.sources)
        return pair_of(self.slots[Role.TARGET], self.used_source)

    @property
    def photos(self) -> tuple[str, ...]:
        """Which photos lie here, by their sha256."""
        slots = (*self.slots.values(), *self.more.slots)
        return tuple(slot.view.sha256 if slot.view else "" for slot in slots)

    def asked(self, settings: Settings) -> Settings:
        """With what is chosen on the photos."""
        lines = self.mapping.lines(self.slots[Role.TARGET], self.sources)
        if lines:
            return replace(settings, faces=FaceChoice(), source_photo=None, map=lines)
        return replace(settings, faces=self.faces, source_photo=self.more.picked)

    def lay(self, settings: Settings) -> None:
        """Choose on the photos what settings say."""
        for role, face in zip(Role, (settings.faces.target, settings.faces.source), strict=True):
            self.slots[role].choose(face)
        self.more.picked = settings.source_photo
        self.mapping.lay(settings.map, self.slots[Role.TARGET])
