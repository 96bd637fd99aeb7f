"""The story of one fusion: faces, size, fuse, blend, finish. Each stage measured, each able to stop.

The full frame is touched twice, to resize the target and to copy it, and stays on the host; all else happens in the
room around the face, so cost follows the face and not the frame. Where that is large too, a second stage has tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from types import TracebackType
from typing import Self

import numpy as np
import torch

from fusion import sources, suitability
from fusion.engines import Engines
from fusion.errors import FusionError, Reason
from fusion.faces import Face, Finder, Searches
from fusion.likeness import Comparison
from fusion.memory import Footing, Saving, budget, faults
from fusion.notices import Notice
from fusion.ops import blank_check, interrupt
from fusion.parsing import Maps
from fusion.photos import Photo, decode, samples
from fusion.pipeline import devices, face_parser, made, matches, mending, previews, stage_two, together
from fusion.pipeline.ahead import Ahead
from fusion.pipeline.canvas import Canvas, laid_out
from fusion.pipeline.looks import Looks
from fusion.pipeline.made import Made
from fusion.pipeline.matches import Match, Matcher
from fusion.pipeline.result import Result
from fusion.pipeline.stage_one import Fuser
from fusion.settings import Settings
from fusion.sizing import HOST, Subject
from fusion.types import EngineName, Precision, Role, Stage


class Pipeline:
    """Owns torch's device, the face finder and the engines. One per process; `run` from one thread at a time.

    Args:
        finder: finds faces; made when it is first needed if not given.
        device: "cpu" or "cuda"; when None, cuda where there is a card that this build of torch has code for.
        engines: what fuses; made when not given.

    Attributes:
        finder: what finds faces.
    """

    def __init__(self, finder: Finder | None = None, device: str | None = None, engines: Engines | None = None) -> None:
        self.device, self._told = devices.chosen(device)
        self._searches = Searches(finder)
        self.finder = self._searches.finder
        self._maps = Maps(lambda: face_parser.installed(self.device))
        self._fuser = Fuser(self.device, engines or Engines(self.device), self._maps)
        self._shown = Looks(self._maps, suitability.look)
        self._looks = Looks(self._maps, sources.look)
        self._matcher = Matcher(self._searches, self._looks)
        self._comparison = Comparison()
        self._ahead = Ahead(self._looks.of, self._shown.of, self._comparison.who)
        self._is_first = True  # no job yet has loaded all that jobs need
        self._beside: Pipeline | None = None  # on the CPU, for a job that no rung fits to the card

    @property
    def device_name(self) -> str:
        """What a person calls the device."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else HOST

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the models and what is remembered."""
        self.unload()
        self.finder.close()

    def warm_up(self) -> None:
        """Load what every job needs and run once, so that a person's first job is not the slow one.

        The unet engine's networks are left to the first job that wants them, which says that it loads them: they take
        seconds and gigabytes, and the landmark engine shall not wait for them.
        """
        target, source = (decode.read(data, role) for data, role in zip(samples.sample_pair(), Role, strict=True))
        self.run(target, source, Settings(engine=EngineName.LANDMARK))
        self.forget()

    def forget(self) -> None:
        """Remember no faces and no fusions any more; the models stay."""
        self._ahead.stop()
        self._searches.forget()
        self._maps.forget()
        self._shown.forget()
        self._looks.forget()
        self._comparison.forget()
        self._fuser.forget()

    def make_room(self) -> None:
        """Give back what another run can do without: fusions, and what torch keeps. Faces and models stay."""
        self._fuser.forget()
        budget.give_back(self.device.type)

    def unload(self) -> None:
        """Give back everything that can be had again: what is remembered, and the networks."""
        self.forget()
        self._maps.unload()
        self._fuser.close()
        if self._beside is not None:
            self._beside.unload()
            self._beside = None
        budget.give_back(self.device.type)

    @property
    def loaded(self) -> Precision | None:
        """What the unet engine's networks are loaded in, if they are. From any thread."""
        return self._fuser.engines.loaded

    def precision(self, wish: Precision) -> Precision:
        """What a wish means for unet on this device."""
        return self._fuser.engines.resolve(EngineName.UNET, wish)[0]

    @property
    def held_bytes(self) -> tuple[int | None, int | None]:
        """What tensors use on the card, and what torch keeps there; None and None without one. From any thread."""
        cuda = torch.cuda if self.device.type == "cuda" else None
        return (cuda.memory_allocated(self.device), cuda.memory_reserved(self.device)) if cuda else (None, None)

    def on_cpu(self) -> Pipeline:
        """The same without the card, whose networks are given back. Itself where there is no card."""
        if self.device.type == "cpu":
            return self
        self._fuser.close()
        budget.give_back(self.device.type)
        self._beside = self._beside or Pipeline(self.finder, "cpu", Engines(torch.device("cpu")))
        return self._beside

    def footing(self, target: Photo, source: Photo, settings: Settings, others: Sequence[Photo] = ()) -> Footing:
        """What the ladder must know of a run that failed. Faces are told where that run found them."""
        photos = (source, *others)
        engine = self._fuser.engines.named(settings.engine)
        precision, _ = self._fuser.engines.resolve(engine, settings.precision)
        lower = self._fuser.engines.lower(engine, precision)
        subject = Subject(target.size, source=source.size)
        if all(photo in self._searches for photo in (target, *photos)):
            found = self._matcher.of_job(target, photos, replace(settings, engine=engine), [])
            subject = found[matches.widest(found)].pair.subject
        rows, lends = self._fuser.engines.strip_rows, self._fuser.engines.lends
        return Footing(engine, precision, lower, subject, self.device.type == "cuda", rows, lends)

    def run(
        self,
        target: Photo,
        source: Photo,
        settings: Settings,
        watch: interrupt.Watch = interrupt.unwatched,
        *,
        others: Sequence[Photo] = (),
        saving: Saving | None = None,
        drafted: interrupt.Drafted | None = None,
    ) -> Result:
        """Fuse the source's face into the target.

        Args:
            others: further photos of the source's person, of which the best is taken, or all of which are.
            saving: how memory must be saved.
            drafted: shown what stage one has made where stage two follows, and what is large before its likeness.

        Raises:
            NoFace: a photo has no usable face, or not the one asked for.
            PairRefused: the two faces make no picture, and `settings` do not ask for one anyway.
            SettingsInvalid: a source photo was chosen that was not given.
            OutOfMemory: the device or the host has too little memory.
            Cancelled: `watch` said so.
            FusionError: "device_failed": the card answers this process no longer.

        Where torch has no code for the card the processor computes, in this run and all that follow.
        """
        try:
            with torch.inference_mode():
                self._fuser.engines.make_room(settings.engine, settings.precision)
                run = interrupt.Run(watch, self.device, saving or Saving(), drafted)
                result = self._run(target, (source, *others), settings, run)
            self._is_first = self._is_first and settings.ratio == 0
            return result
        except Exception as error:
            known = faults.explained(error, self.device_name)
            if self.device.type == "cpu" or known is None or known.reason != Reason.CARD_WITHOUT_CODE:
                if known is None or known is error:
                    raise
                raise known from error
        self._leave_card()  # outside of the `except` block: the error holds what was made
        return self.run(target, source, settings, watch, others=others, saving=saving, drafted=drafted)

    def _leave_card(self) -> None:
        """Go on without the card, for which torch has no code after all; every result tells of it."""
        self._told = (*self._told, devices.without_code())
        self.unload()
        self.device = torch.device("cpu")
        self._fuser = Fuser(self.device, Engines(self.device), self._maps)

    def preview(self, result: Result, settings: Settings, max_side: int = 512) -> np.ndarray:
        """The result with another finishing, (h, w, 3) uint8, at most `max_side` px on its longer side.

        Only the settings named in `fusion.settings.FINISHING` have an effect. Safe beside a running job.
        """
        return previews.preview(result, settings, max_side)

    def _run(self, target: Photo, photos: Sequence[Photo], settings: Settings, run: interrupt.Run) -> Result:
        name = self._fuser.engines.named(settings.engine)
        precision, remarks = self._fuser.engines.resolve(name, settings.precision)
        notices = [*self._told, *target.notices, *remarks]
        is_new = not any(photo in self._searches for photo in (target, *photos))
        settings = replace(settings, engine=name, precision=precision)
        with run.step(Stage.FACES, 0.02):
            found = self._matched(target, photos, settings, run, notices)
        with run.step(Stage.SIZE, 0.35, networks=False):
            canvas = laid_out(target, matches.frame_of(found), self._searches.heads(target), settings)
        notices += canvas.notices
        out, faces = self._all_made(found, canvas, run)
        notices += made.once(notice for face in faces for notice in face.notices)
        run.watch(Stage.FINISH, 0.95)
        pixels = out.numpy()
        previews.draft_of_all(pixels, canvas.opaque, run)
        alike = (made.likeness(face, self._comparison, canvas.plan, pixels, run, notices) for face in faces)
        fused = [face.fused_face(each) for face, each in zip(faces, alike, strict=True)]
        first, widest = made.least_alike(fused), matches.widest(found)
        return Result(
            pixels=pixels,
            before=canvas.before.numpy(),
            engine=name,
            device=self.device_name,
            settings=matches.kept_settings(canvas.settings, found),
            target_face=first.target_face,
            source_face=first.source_face,
            region=together.around([face.reaches for face in faces]),
            notices=tuple(notices),
            measurement=made.measurement(
                run,
                faces[widest],
                settings,
                len(found),
                self.device_name,
                is_new=is_new,
                is_first=self._is_first,
            ),
            placed=first.placed,
            likeness=first.likeness,
            steps=made.steps_of(faces),
            suitability=made.worst_suited(fused),
            inspection=made.looked_at(fused),
            sources=matches.facts_of(photos, found) if settings.map else found[0].sources.after(faces[0].averaged)[0],
            opaque=canvas.opaque,
            heads=canvas.heads,
            mapped=tuple(fused) if settings.map else (),
        )

    def _matched(
        self, target: Photo, photos: Sequence[Photo], settings: Settings, run: interrupt.Run, notices: list[Notice]
    ) -> tuple[Match, ...]:
        """The faces that are fused, each judged; what is to be told of them is added to `notices`."""

        def seen(photo: Photo, face: Face) -> None:
            run.watch(Stage.FACES, 0.2)
            if settings.ratio > 0:
                self._ahead.begin(photo, face)

        found = self._matcher.of_job(target, photos, settings, notices, seen)
        found = tuple(match.judged(self._shown) for match in found)
        notices += made.once(notice for match in found for notice in match.notices)
        return found

    def _all_made(self, found: Sequence[Match], canvas: Canvas, run: interrupt.Run) -> tuple[torch.Tensor, list[Made]]:
        """Face after face, and the picture with all of them."""
        out, faces = canvas.before, list[Made]()
        for at, match in enumerate(found):
            with run.part(at, len(found), 0.35, 0.95):
                face, refined = self._made(match, canvas, faces, run)
            out = refined if face.placed is None else together.added(out, canvas.before, refined, face.placed)
            faces.append(face)
        return out, faces

    def _made(self, match: Match, canvas: Canvas, earlier: list[Made], run: interrupt.Run) -> tuple[Made, torch.Tensor]:
        """One face, and the target with it alone; `earlier` lie beneath it in a draft."""
        plan, before = canvas.plan, canvas.before
        settings = replace(match.settings, fill=canvas.settings.fill)
        fused = self._fuser.fuse(match.pair, plan, before, settings, run) if settings.ratio > 0 else None
        with run.meter.stage(Stage.LIKENESS):  # both look at the result; it is announced once, at the end
            fused, looked = mending.inspected(fused, match.pair, plan, settings, self._maps)
        previews.draft_of_stage_one(before, [*(face.placed for face in earlier), fused], settings, canvas.opaque, run)
        refined = stage_two.finished(before, fused, settings, run)
        if fused is not None and blank_check.is_blank(before, refined.pixels, *astuple(fused.reaches)):
            self._fuser.forget()  # or the next try would be given it again
            raise FusionError(Reason.FUSION_BLANK)
        return Made.of(match, fused, looked, refined), refined.pixels
