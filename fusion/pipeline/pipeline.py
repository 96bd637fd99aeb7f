"""The story of one fusion: faces, size, fuse, blend, finish. Each stage measured, each able to stop.

The full frame is touched twice, to resize the target and to copy it, and stays on the host; everything else happens in
the room around the face, so cost follows the face and not the frame. Where that room is large too, a second stage works
in tiles.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch

from fusion import sources, suitability
from fusion.engines import Engines
from fusion.errors import FusionError, Reason, WeightsInvalid, WeightsMissing
from fusion.faces import Face, FaceFinder, Finder, LateFinder, Searches
from fusion.likeness import Comparison, Likeness
from fusion.memory import Footing, budget, faults
from fusion.notices import Notice
from fusion.ops import blank_check, interrupt
from fusion.parsing import Maps, installed
from fusion.photos import Photo, checkered, decode, samples
from fusion.pipeline import mending, placement, source_photos, stage_two
from fusion.pipeline.ahead import Ahead
from fusion.pipeline.canvas import laid_out
from fusion.pipeline.judged import judged
from fusion.pipeline.looks import Looks
from fusion.pipeline.placement import Placed
from fusion.pipeline.result import Result
from fusion.pipeline.source_photos import Sources
from fusion.pipeline.stage_one import Fuser, Pair
from fusion.pipeline.stage_two import Refined
from fusion.settings import Settings
from fusion.sizing import HOST, Measurement, Plan, Rect, Subject, workload
from fusion.types import EngineName, Precision, Role, Stage


class Pipeline:
    """Owns torch's device, the face finder and the engines. One per process; `run` from one thread at a time.

    Args:
        finder: finds faces; made when it is first needed if not given.
        device: "cpu" or "cuda"; when None, cuda where there is one.
        engines: what fuses; made when not given.

    Attributes:
        finder: what finds faces.
    """

    def __init__(self, finder: Finder | None = None, device: str | None = None, engines: Engines | None = None) -> None:
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.finder = finder or LateFinder(FaceFinder)
        self._searches = Searches(self.finder)
        self._maps = Maps(installed)
        self._fuser = Fuser(self.device, engines or Engines(self.device), self._maps)
        self._shown = Looks(self._maps, suitability.look)
        self._looks = Looks(self._maps, sources.look)
        self._comparison = Comparison()
        self._ahead = Ahead(self._looks.of, self._shown.of, self._comparison.who)
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
        self._fuser.close()
        if self._beside is not None:
            self._beside.unload()
            self._beside = None
        budget.give_back(self.device.type)

    @property
    def loaded(self) -> Precision | None:
        """What the unet engine's networks are loaded in, if they are. From any thread."""
        return self._fuser.engines.loaded

    @property
    def held_bytes(self) -> tuple[int | None, int | None]:
        """What tensors use on the card, and what torch keeps there; None and None without one. From any thread."""
        if self.device.type != "cuda":
            return None, None
        return torch.cuda.memory_allocated(self.device), torch.cuda.memory_reserved(self.device)

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
            face = self._searches.face(target, Role.TARGET, settings, [])
            wish = replace(settings, engine=engine)
            sources = source_photos.of_job(self._searches, self._looks, target, face, photos, wish)
            subject = _pair(target, face, sources).subject
        return Footing(engine, precision, lower, subject, on_card=self.device.type == "cuda")

    def run(
        self,
        target: Photo,
        source: Photo,
        settings: Settings,
        watch: interrupt.Watch = interrupt.unwatched,
        *,
        others: Sequence[Photo] = (),
    ) -> Result:
        """Fuse the source's face into the target.

        Args:
            others: further photos of the source's person, of which the best is taken, or all of which are.

        Raises:
            NoFace: a photo has no usable face, or not the one asked for.
            PairRefused: the two faces make no picture, and `settings` do not ask for one anyway.
            SettingsInvalid: a source photo was chosen that was not given.
            OutOfMemory: the device or the host has too little memory.
            Cancelled: `watch` said so.
            FusionError: "device_failed": the card answers this process no longer.
        """
        try:
            with torch.inference_mode():
                return self._run(target, (source, *others), settings, watch)
        except Exception as error:
            known = faults.explained(error, self.device_name)
            if known is None or known is error:
                raise
            raise known from error

    def preview(self, result: Result, settings: Settings, max_side: int = 512) -> np.ndarray:
        """The result with another finishing, (h, w, 3) uint8, at most `max_side` px on its longer side.

        Only the settings named in `fusion.settings.FINISHING` have an effect. Safe beside a running job.
        """
        with torch.inference_mode():
            answer: np.ndarray = placement.preview(
                torch.from_numpy(result.before), result.placed, settings, max_side
            ).numpy()
        return answer if result.opaque is None else checkered(answer, result.opaque, result.size)

    def _run(self, target: Photo, photos: Sequence[Photo], settings: Settings, watch: interrupt.Watch) -> Result:
        run = interrupt.Run(watch, self.device)
        name = self._fuser.engines.named(settings.engine)
        precision, remarks = self._fuser.engines.resolve(name, settings.precision)
        notices = [*target.notices, *remarks]
        is_new = not any(photo in self._searches for photo in (target, *photos))
        settings = replace(settings, engine=name, precision=precision)
        with run.step(Stage.FACES, 0.02):
            target_face = self._searches.face(target, Role.TARGET, settings, notices)
            run.watch(Stage.FACES, 0.2)
            if settings.ratio > 0:
                self._ahead.begin(target, target_face)
            sources = source_photos.of_job(self._searches, self._looks, target, target_face, photos, settings)
            pair = _pair(target, target_face, sources)
            if settings.ratio > 0:
                self._ahead.begin(pair.source, pair.source_face)
            suited = judged(pair, self._shown, settings)
        notices += [*sources.notices, *(cause.notice() for cause in (suited.causes if suited else ()))]
        with run.step(Stage.SIZE, 0.35):
            canvas = laid_out(target, target_face, self._searches.heads(target), settings)
            plan, before, settings = canvas.plan, canvas.before, canvas.settings
        notices += canvas.notices
        settings = replace(settings, faces=sources.settled(settings.faces, target_face))
        fused = self._fuser.fuse(pair, plan, before, settings, run) if settings.ratio > 0 else None
        fused, looked = mending.inspected(fused, pair, plan, settings, self._maps)
        notices += mending.notices(looked)
        refined = stage_two.finished(before, fused, settings, run)
        told, averaged = sources.after(fused.layers.averaged if fused else ())
        notices += (*averaged, *fused.layers.notices, *fused.notices) if fused else (Notice("ratio_zero"),)
        run.watch(Stage.FINISH, 0.95)
        if fused is not None and blank_check.is_blank(before, refined.pixels, *astuple(fused.reaches)):
            self._fuser.forget()  # or the next try would be given it again
            raise FusionError(Reason.FUSION_BLANK)
        likeness = None if fused is None else self._likeness(pair, plan, refined, run, notices)
        return Result(
            pixels=refined.pixels.numpy(),
            before=before.numpy(),
            engine=name,
            device=self.device_name,
            settings=settings,
            target_face=target_face,
            source_face=sources.first.face,
            region=fused.reaches if fused else Rect(0, 0, 0, 0),
            notices=tuple(notices),
            measurement=self._measurement(run, settings, pair, fused, refined, is_new=is_new),
            placed=fused,
            likeness=likeness,
            steps=refined.steps,
            suitability=suited,
            inspection=looked,
            sources=told,
            opaque=canvas.opaque,
        )

    def _likeness(
        self, pair: Pair, plan: Plan, refined: Refined, run: interrupt.Run, notices: list[Notice]
    ) -> Likeness | None:
        """Of the result to both photos; None, and a notice, where the network for it is missing."""
        target, source = (pair.target, pair.target_face), (pair.source, pair.source_face)
        with run.step(Stage.LIKENESS, 0.97):
            points = np.stack(plan.to_output(*pair.target_face.landmarks.T), axis=1)
            try:
                return self._comparison.of(refined.pixels.numpy(), points, target, source)
            except (WeightsMissing, WeightsInvalid) as error:
                notices.append(Notice("likeness_unknown", {"file": Path(str(error.details["file"])).name}))
                return None

    def _measurement(
        self,
        run: interrupt.Run,
        settings: Settings,
        pair: Pair,
        fused: Placed | None,
        refined: Refined,
        *,
        is_new: bool,
    ) -> Measurement:
        meter = run.meter
        expected = workload(pair.subject, settings, settings.engine, settings.precision)
        enlarger = fused.enlarger if fused else ""
        return Measurement(
            workload=replace(expected, two_stage=fused is not None and fused.guided, enlarger=enlarger),
            device=self.device_name,
            seconds=meter.seconds,
            peak_bytes=meter.peak_bytes,
            rest_bytes=meter.rest_bytes,
            host_peak_bytes=meter.host_peak_bytes,
            stages=meter.stages,
            is_new=is_new and any(cost.stage == Stage.FUSE for cost in meter.stages),
            versions={"torch": torch.__version__, "python": platform.python_version()},
            tile_px=refined.tile_px,
        )


def _pair(target: Photo, face: Face, sources: Sources) -> Pair:
    """The target and its face with the sources as an engine is to see them."""
    source, source_face = sources.first.as_seen()
    others = tuple(shot.portrait for shot in sources.others)
    return Pair(target, source, face, source_face, sources.first.key, others)
