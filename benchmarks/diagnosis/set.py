"""The labelled set: pairs of real photos fused cleanly, each once more with one known fault, and as many clean ones.

Fusions are kept in a folder, so that measuring and judging again takes no fusing.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from advisor.diagnosis import Cause
from benchmarks.diagnosis import faults
from benchmarks.diagnosis.case import Case, from_json, to_json
from benchmarks.diagnosis.pairs import SOURCE_LEAST, CleanPair
from fusion.faces import FaceFinder
from fusion.photos import Format, decode
from fusion.photos.encoder import encode
from fusion.pipeline import Pipeline, Result
from fusion.settings import Preset, Settings
from fusion.sizing import layout
from fusion.types import EngineName, Mode, Role, Tier

VERSION = 1  # of how the set is made: raise it, and everything is fused anew
ENLARGED_LEAST = 1.5  # times: a reduced source that is enlarged less is no fault
APART = 36.0  # degrees between the heads where the source is turned away
LEAST_FACE_PX = 70.0  # in a clean result
SCALE_MOST = 1.1  # of the target photo, in a clean result
_BASE = Settings(engine=EngineName.LANDMARK, ratio=0.8)


class Maker:
    """Makes the cases of pairs, or reads them where they have been made."""

    def __init__(self, folder: Path, pipeline: Pipeline, finder: FaceFinder) -> None:
        self._folder = folder / f"set-{VERSION}"
        self._pipeline = pipeline
        self._finder = finder

    def cases(self, pair: CleanPair) -> list[Case]:
        """All of one pair: every fault, then as many clean ones."""
        room = (
            self._folder
            / hashlib.sha256((pair.target.photo.sha256 + pair.source.photo.sha256).encode()).hexdigest()[:12]
        )
        listed = room / "cases.json"
        if not listed.exists():
            room.mkdir(parents=True, exist_ok=True)
            made = list(_Bench(pair, room, self._pipeline, self._finder).make())
            listed.write_text(json.dumps([to_json(case) for case in made]))
        return [from_json(entry, pair, room) for entry in json.loads(listed.read_text())]


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """Where one pair's cases are made."""

    pair: CleanPair
    room: Path
    pipeline: Pipeline
    finder: FaceFinder

    def make(self) -> Iterator[Case]:
        (self.room / "target.png").write_bytes(self.pair.target.data)
        (self.room / "source.png").write_bytes(self.pair.source.data)
        faulty = [*self._of_source(), *self._of_settings(), *self._of_result()]
        yield from faulty
        yield from self._clean(len(faulty))

    @property
    def _settings(self) -> Settings:
        """Of the clean fusion that faults are put into."""
        own = self.pair.target.photo.size
        return replace(_BASE, output=Tier.T1024 if own.pixels > 1.1 * 1024**2 else Tier.ORIGINAL)

    def _of_source(self) -> Iterator[Case]:
        head, settings = self.pair.source, self._settings
        pixels, face = head.photo.pixels, head.face
        face_px = self._face_px(settings)
        for side in (96, 192):
            if face_px * faults.HEAD_ROOM / side >= ENLARGED_LEAST:
                yield from self._fused(
                    "source reduced", f"{side} px", faults.reduced(pixels, face, side), Cause.SOURCE_SMALL
                )
        for share in (0.012, 0.02, 0.035):
            grade = f"sigma {100 * share:g} %"
            yield from self._fused(
                "source out of focus", grade, faults.defocused(pixels, face, share), Cause.SOURCE_BLURRED
            )
        for share in (0.05, 0.1):
            yield from self._fused(
                "source shaken", f"{100 * share:g} %", faults.shaken(pixels, face, share), Cause.SOURCE_BLURRED
            )
        for sigma in (12, 24):
            yield from self._fused("source noisy", f"sigma {sigma}", faults.grainy(pixels, sigma), Cause.GRAIN_DIFFERS)
        yield from self._fused("source JPEG", "20", faults.jpeg(pixels, 20), Cause.SOURCE_COMPRESSED)
        away = self._turned()
        if away is not None:
            yield from self._fused("heads apart", f"{APART:g} degrees or more", away, Cause.HEADS_APART)

    def _turned(self) -> np.ndarray | None:
        """The source turned away from the target; None where no turn gets it far enough."""
        head, yaw = self.pair.source, self.pair.target.face.yaw
        sign = 1.0 if head.face.yaw >= yaw else -1.0
        for degrees in range(25, 80, 5):
            picture = faults.turned(head.photo.pixels, head.face, sign * degrees)
            found = self.finder.find(picture).faces
            if len(found) == 1 and abs(found[0].yaw - yaw) >= APART:
                return picture
        return None

    def _of_settings(self) -> Iterator[Case]:
        settings = replace(self._settings, skin_smoothing=0.9)
        result = self.pipeline.run(self.pair.target.photo, self.pair.source.photo, settings)
        causes = (Cause.OVER_SMOOTHED, Cause.SMOOTHING_OUTSIDE)
        yield self._case("smoothing", "0.9", causes, result, settings, encode(result.pixels, Format.PNG))

    def _of_result(self) -> Iterator[Case]:
        settings = self._settings
        result = self.pipeline.run(self.pair.target.photo, self.pair.source.photo, settings)
        pixels, points = result.pixels, self._points(result)
        altered: list[tuple[str, str, Cause, np.ndarray]] = [
            ("hard mask", "all of the face", Cause.MASK_HARD, faults.set_in(pixels, result.before, points, 0.93)),
            ("hard mask", "its middle", Cause.MASK_HARD, faults.set_in(pixels, result.before, points, 0.8)),
        ]
        for delta in (4, 8, 16):
            for name, degrees in (("warm", 60), ("cold", 250)):
                altered.append(
                    (
                        "colour cast",
                        f"ΔE {delta} {name}",
                        Cause.COLOUR_STEP,
                        faults.cast(pixels, points, delta, degrees),
                    )
                )
        for stops in (-0.7, 0.7):
            altered.append(("exposure", f"{stops:+g} EV", Cause.EXPOSURE_STEP, faults.exposed(pixels, points, stops)))
        for sigma in (8, 16):
            altered.append(
                ("face noisy", f"sigma {sigma}", Cause.GRAIN_DIFFERS, faults.grainy_face(pixels, points, sigma))
            )
        for fault, grade, cause, picture in altered:
            yield self._case(fault, grade, (cause,), result, settings, encode(picture, Format.PNG))
        yield self._case("result JPEG", "20", (Cause.RESULT_COMPRESSED,), result, settings, faults.jpeg(pixels, 20))
        unchanged = encode(result.before, Format.JPEG, quality=92)
        yield self._case("unchanged", "", (Cause.UNCHANGED,), result, settings, unchanged)
        yield from self._enlarged()

    def _enlarged(self) -> Iterator[Case]:
        settings = replace(self._settings, output=Tier.T512)
        result = self.pipeline.run(self.pair.target.photo, self.pair.source.photo, settings)
        for times, name, way in (
            (2, "cubic", cv2.INTER_CUBIC),
            (4, "cubic", cv2.INTER_CUBIC),
            (4, "Lanczos", cv2.INTER_LANCZOS4),
        ):
            data = encode(faults.enlarged(result.pixels, times, way), Format.PNG)
            yield self._case("enlarged", f"512 to {512 * times}, {name}", (Cause.ENLARGED,), result, settings, data)

    def _clean(self, count: int) -> Iterator[Case]:
        dice = random.Random(self.pair.name)
        wishes: list[tuple[str, Settings]] = []
        outputs = [tier for tier in (Tier.T512, Tier.T1024, Tier.T2048, Tier.ORIGINAL) if self._is_clean_at(tier)]
        for preset in Preset:
            wish = replace(_BASE.with_preset(preset))
            wishes.append((preset, wish if wish.output in outputs else replace(wish, output=dice.choice(outputs))))
        while len(wishes) < count:
            wish = replace(
                _BASE,
                ratio=dice.choice((0.5, 0.6, 0.7, 0.8, 0.9, 1.0)),
                mode=dice.choice(list(Mode)),
                skin_smoothing=dice.choice((0.4, 0.5, 0.6)),
                output=dice.choice(outputs),
            )
            wishes.append(("", wish))
        for number, (name, wish) in enumerate(wishes):
            result = self.pipeline.run(self.pair.target.photo, self.pair.source.photo, wish)
            data = (
                encode(result.pixels, Format.JPEG, quality=92) if number % 3 == 2 else encode(result.pixels, Format.PNG)
            )
            grade = f"{name} ratio {wish.ratio:g} {wish.mode} smoothing {wish.skin_smoothing:g} {wish.output} #{number}"
            yield self._case("clean", grade.strip(), (), result, wish, data)

    def _is_clean_at(self, tier: Tier) -> bool:
        settings = replace(_BASE, output=tier)
        scale = layout.plan(self.pair.target.photo.size, settings).scale
        face_px = self._face_px(settings)
        return (
            scale <= SCALE_MOST
            and face_px >= LEAST_FACE_PX
            and self.pair.source.look.width_px >= SOURCE_LEAST * face_px
        )

    def _face_px(self, settings: Settings) -> float:
        return self.pair.target.look.width_px * layout.plan(self.pair.target.photo.size, settings).scale

    def _points(self, result: Result) -> np.ndarray:
        """The target's landmarks in the result."""
        plan = layout.plan(self.pair.target.photo.size, result.settings, result.target_face.box)
        return np.array([plan.to_output(float(x), float(y)) for x, y in result.target_face.landmarks])

    def _fused(self, fault: str, grade: str, source: np.ndarray | bytes, cause: Cause) -> Iterator[Case]:
        """With another source; nothing where its face is not found."""
        data = source if isinstance(source, bytes) else encode(source, Format.PNG)
        shown = decode.read(data, Role.SOURCE)
        settings = self._settings
        if not self.finder.find(shown.pixels).faces:
            print(f"{self.pair.name}, {fault} {grade}: no face, left out")
            return
        result = self.pipeline.run(self.pair.target.photo, shown, settings)
        yield self._case(fault, grade, (cause,), result, settings, encode(result.pixels, Format.PNG), data)

    def _case(
        self, fault: str, grade: str, expected: tuple[Cause, ...], result: Result, settings: Settings, data: bytes,
        source: bytes | None = None,
    ) -> Case:  # fmt: skip
        key = hashlib.sha256(f"{fault} {grade}".encode()).hexdigest()[:10]
        before = self.room / f"before-{result.size.width}x{result.size.height}.png"
        before.write_bytes(encode(result.before, Format.PNG))
        kept = self.room / f"{key}.result"
        kept.write_bytes(data)
        origin = self.room / "source.png"
        if source is not None:
            origin = self.room / f"{key}.source"
            origin.write_bytes(source)
        rect = result.region
        region = (rect.left, rect.top, rect.width, rect.height)
        where = (self.room / "target.png", origin, kept, before)
        return Case(self.pair.name, self.pair.held_out, fault, grade, expected, settings, *where, region)
