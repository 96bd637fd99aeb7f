"""One job from files to files: read, run the pipeline, write. What the worker and the command line share.

Loads no torch by itself: the pipeline is handed in.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fusion import compared, config, provenance
from fusion.declared import Consent
from fusion.errors import FusionError, OutputRejected, Reason, Value
from fusion.facts import Facts, first_used
from fusion.files import inputs, private
from fusion.memory import HostPeak, Step, budget, fallback, faults
from fusion.photos import Format, Limits, Photo, decode, pieces
from fusion.provenance import Leaving, Parcel
from fusion.settings import Settings
from fusion.sizing import Measurement, StageCost
from fusion.types import Role, Stage
from fusion.units import MIB
from fusion.worker import written

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline, Result

Watch = Callable[[Stage, float], None]
Drafted = Callable[[np.ndarray], None]

_READ_SHARE, _WRITE_SHARE = 0.05, 0.10  # of the bar; about what decoding and PNG writing take of a warm job
_KEPT_PHOTO_BYTES = 256 * MIB


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What came of a job; `recipe` as in `fusion.provenance`. `measurement` is of all of it.

    `steps` are all the rungs of the ladder that it took, in this process and before.
    """

    result: Result
    measurement: Measurement
    facts: Facts
    recipe: dict[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
    """The photos of a job, and what it took to read them.

    Attributes:
        seconds: for all.
        rest_bytes: resident before.
        peak_bytes: resident at the peak.
        is_new: whether they were decoded, and not remembered.
        others: further ones of the source's person.
        target_file: as it was given.
    """

    target: Photo
    source: Photo
    seconds: float
    rest_bytes: int
    peak_bytes: int
    is_new: bool
    others: tuple[Photo, ...] = ()
    target_file: bytes | None = None

    @property
    def sources(self) -> tuple[Photo, ...]:
        """All of the source's person."""
        return self.source, *self.others


class Reader:
    """Reads photos, and remembers the last few by the sha256 of their file, so that a second run decodes nothing."""

    def __init__(self, kept_bytes: int = _KEPT_PHOTO_BYTES) -> None:
        self._limits = Limits(max_bytes=config.load().max_upload_bytes)
        self._room = kept_bytes
        self._kept: OrderedDict[tuple[str, Role], Photo] = OrderedDict()

    def read(self, data: bytes, role: Role) -> Photo:
        """The photo in `data`.

        Raises:
            PhotoRejected: it cannot be used.
        """
        key = _key(data, role)
        found = self._kept.pop(key, None) or decode.read(data, role, self._limits)
        self._kept[key] = found
        while self._kept and sum(kept.pixels.nbytes for kept in self._kept.values()) > self._room:
            self._kept.popitem(last=False)
        return found

    def forget(self) -> None:
        """Remember no photo any more."""
        self._kept.clear()

    def read_pair(self, target: bytes, source: bytes, *others: bytes) -> Photos:
        """The photos of a job: two, and further ones of the source's person.

        Raises:
            PhotoRejected: one cannot be used.
        """
        peak, rest_bytes = HostPeak(), budget.resident_bytes()
        given = ((target, Role.TARGET), *((data, Role.SOURCE) for data in (source, *others)))
        known = len(self._kept.keys() & {_key(*each) for each in given})
        began = time.perf_counter()
        first, second, *rest = (self.read(*each) for each in given)
        seconds = time.perf_counter() - began
        return Photos(
            first, second, seconds, rest_bytes, peak.read(), is_new=not known, others=tuple(rest), target_file=target
        )


def _key(data: bytes, role: Role) -> tuple[str, Role]:
    return hashlib.sha256(data).hexdigest(), role  # by role too, since notices name it


def load(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        PhotoRejected: it cannot be read, or is heavier than a photo may be.
    """
    return inputs.read(path, config.load().max_upload_bytes)


def prepare(output: Path) -> None:
    """Make the folder of a result, before there is any work in it.

    Raises:
        FusionError: "disk_full"; "output_unwritable".
    """
    try:
        private.private_folder(output.parent)
    except OSError as error:
        raise written.unwritten(output, error) from error


def run(
    pipeline: Pipeline,
    photos: Photos,
    settings: Settings,
    output: Path | None,
    *,
    before: Path | None = None,
    watch: Watch = lambda stage, fraction: None,
    steps: tuple[Step, ...] = (),
    replace: bool = True,
    consent: Consent | None = None,
    id: str | None = None,
    leaving: Leaving | None = None,
    drafted: Drafted | None = None,
) -> Report:
    """Fuse and write, in one try: `fusion.worker.fallback_run` makes more of them where memory runs out.

    Args:
        photos: as read by a `Reader`.
        output: where the picture goes; its suffix says the format. None: nowhere, whoever asked takes the result.
        before: where a PNG of the resized target goes, if it is wanted: of the part that `Result.region` names, since
            the rest is in the picture (`fusion.photos.stored.before`), or of all where something else differs.
        watch: told of each stage and of the fraction of the whole; what it raises stops the job.
        steps: the rungs that led to these settings: for the record, and for what of them is no setting.
        replace: whether a file that is at `output` already gives way.
        consent: of the people in the photos, for the recipe.
        id: the job's; one of its own if None.
        leaving: what is done to the picture; if None nothing, as of one that the app keeps, of which it is done when
            somebody takes it along.
        drafted: shown what is made so far, small, where the rest is going to take a while.

    Raises:
        FusionError: whatever stops the job. Nothing is left at `output` that was not there before.
    """
    format = None if output is None else format_of(output, settings)
    share = 1.0 - _READ_SHARE - _WRITE_SHARE

    def watched(stage: Stage, fraction: float) -> None:
        watch(stage, _READ_SHARE + share * fraction)

    saving = fallback.saving(steps)
    result = pipeline.run(
        photos.target, photos.source, settings, watched, others=photos.others, saving=saving, drafted=drafted
    )
    watch(Stage.WRITE, 1.0 - _WRITE_SHARE)
    began = time.perf_counter()
    taken = (*steps, *result.steps)
    source = photos.sources[first_used(result.sources)]
    id, leaving = id or private.new_name(), leaving or Leaving.stored()
    recipe = provenance.recipe(result, photos.target, source, steps=taken, consent=consent, id=id)
    reading = StageCost(Stage.READ, photos.seconds)
    if output is None or format is None:
        measurement = _whole(result.measurement, photos, (reading, *result.measurement.stages))
        return Report(result, measurement, provenance.facts(result, None, measurement, taken, consent), recipe, taken)

    def heed() -> None:
        watch(Stage.WRITE, 1.0 - _WRITE_SHARE)

    parcel = _packed(result, format, recipe, leaving, photos)
    written.write(output, written.heeded(parcel.pieces, heed), replace=replace)
    if before is not None:
        written.write(before, written.heeded(_of_before(result, leaving), heed), replace=True)
        _compare(output, result, id)
    stages = (reading, *result.measurement.stages, StageCost(Stage.WRITE, time.perf_counter() - began))
    measurement = _whole(result.measurement, photos, stages)
    facts = _told(provenance.facts(result, output, measurement, taken, consent), parcel)
    return Report(result, measurement, facts, parcel.recipe, taken)


def _packed(result: Result, format: Format, recipe: dict[str, Any], leaving: Leaving, photos: Photos) -> Parcel:
    """The picture as it leaves; what the worker keeps of it stays without a label."""
    pixels = result.pixels if leaving.label is None else result.pixels.copy()
    target = photos.target_file
    return provenance.packed(
        pixels, format, recipe, leaving, faces=result.heads, opaque=result.opaque, target=lambda: target
    )


def _of_before(result: Result, leaving: Leaving) -> Iterator[bytes]:
    """The file of the target, without what the picture has as well."""
    room = result.region
    if result.opaque is not None or not leaving.is_plain or not room.width * room.height:
        return pieces(result.before, Format.PNG, opaque=result.opaque)
    part = result.before[room.top : room.top + room.height, room.left : room.left + room.width]
    return pieces(part, Format.PNG)


def _told(facts: Facts, parcel: Parcel) -> Facts:
    """With what the way out has to say."""
    return replace(facts, notices=(*facts.notices, *parcel.notices))


def _whole(part: Measurement, photos: Photos, stages: tuple[StageCost, ...]) -> Measurement:
    """The measurement of a job, from the pipeline's own."""
    host_peak = max(photos.peak_bytes, part.host_peak_bytes, budget.peak_bytes())
    return replace(
        part,
        seconds=sum(cost.seconds for cost in stages),
        peak_bytes=host_peak if part.is_on_host else part.peak_bytes,
        rest_bytes=photos.rest_bytes if part.is_on_host else part.rest_bytes,
        host_peak_bytes=host_peak,
        reading_bytes=max(photos.peak_bytes, part.reading_bytes),
        stages=stages,
        is_new=part.is_new and photos.is_new,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def format_of(output: Path, settings: Settings) -> Format:
    """The format that a file's name asks for.

    Raises:
        OutputRejected: none that results are written in, or none that can hold what `settings` ask for.
    """
    found = {".png": Format.PNG, ".jpg": Format.JPEG, ".jpeg": Format.JPEG, ".webp": Format.WEBP}
    try:
        format = found[output.suffix.lower()]
    except KeyError as error:
        raise OutputRejected(Reason.OUTPUT_FORMAT, suffix=output.suffix or f'"{output.name}"') from error
    if settings.is_transparent and not format.has_alpha:
        raise OutputRejected(Reason.OUTPUT_OPAQUE)
    return format


def as_fusion_error(error: Exception, device: Value) -> FusionError:
    """The error that people are told of, whatever was raised."""
    if private.is_full(error):
        assert isinstance(error, OSError)
        return written.full(Path(error.filename if isinstance(error.filename, str) else tempfile.gettempdir()), error)
    known = faults.explained(error, device)
    if known is not None:
        return known
    return FusionError(Reason.INTERNAL, why=f"{type(error).__name__}: {error}".strip(": "))


def _compare(output: Path, result: Result, id: str) -> None:
    """Leave beside the picture what a page shows of it."""
    halves = ((result.before, ""), (result.pixels, id))
    made = (compared.Half.of(pixels, result.region, of, result.opaque) for pixels, of in halves)
    try:
        compared.keep(output, compared.compared(*made))
    except OSError as error:
        raise written.unwritten(output, error) from error
