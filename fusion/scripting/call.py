"""`fuse` and `fuse_async`: a job of the command line, called from Python."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from fusion import config
from fusion.declared import SCRIPT
from fusion.errors import Cancelled, FusionError, Reason, Value
from fusion.files import private
from fusion.memory import HOST
from fusion.scripting import agreement
from fusion.scripting.engine import ENGINE
from fusion.scripting.fused import Fused
from fusion.scripting.given import GivenPhoto, Opened, opened
from fusion.settings import Settings
from fusion.signing import Signer
from fusion.threads import ServiceThread
from fusion.types import Stage
from fusion.worker import Stranded, fallback_run, run_job

Device = Literal["auto", "cpu"]
Progress = Callable[[Stage, float], object]


def fuse(
    target: GivenPhoto,
    source: GivenPhoto | Sequence[GivenPhoto],
    settings: Settings | None = None,
    *,
    consent: bool = False,
    anyway: bool | None = None,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    device: Device = "auto",
) -> Fused:
    """Fuse the face of `source` into `target`, in this process, as `python -m fusion fuse` does.

    The models are loaded by the first call and stay for the next (`release`). Calls from several threads wait for each
    other. Where memory runs out the job is made smaller, rung by rung, as a job of the app: `Fused.steps` and a notice
    say so.

    >>> from fusion import Settings, fuse
    >>> from fusion.photos import samples
    >>> result = fuse(*samples.sample_pair(), Settings(engine="landmark", output="512"))
    >>> result.size, result.pixels.shape, result.engine
    (Size(width=512, height=512), (512, 512, 3), 'landmark')

    Args:
        target: the photo that keeps its pose, light and background: the path of a file, its bytes, an array
            (H, W, 3) of uint8, RGB in sRGB, upright, a picture of Pillow, or a `Photo`.
        source: the photo that gives the face, or a list of up to eight of that person, or of those that `settings.map`
            names.
        settings: every choice; the default ones if None. Words such as "landmark" are taken for what they name.
        consent: that these are photos of you, or of people who were told of this and agreed. It is written into the
            recipe and logged. The sample pair alone, of which both photos are in the public domain, needs none.
        anyway: whether a pair that is judged to be of no use is fused; as `settings` say if None.
        progress: told of each stage and of how much is done, 0 to 1, in this thread; what it raises stops the job.
        cancel: stops the job, or the waiting for others, once it is set.
        device: "auto": the card, where there is one that this build of PyTorch runs on; "cpu".

    Raises:
        FusionError: "consent_missing"; whatever else stops the job. Each has a `reason`, a message and a `remedy`.
        PhotoRejected: what was given is no photo that can be used.
        NoFace: a photo has no usable face, or not the one asked for.
        PairRefused: the two faces make no picture, and are not to be fused anyway.
        SettingsInvalid: a word that no setting knows; a source photo was chosen that was not given; a variable of the
            environment cannot be used.
        WeightsMissing: the engine asked for needs weights that are not here.
        OutOfMemory: there is no rung left.
        Cancelled: `cancel` was set.
        RuntimeError: it was called by its own `progress`.
    """
    chosen = Settings() if settings is None else Settings.from_json(settings.to_json())  # words become what they name
    asked = _Asked(chosen if anyway is None else replace(chosen, anyway=anyway), consent, progress, cancel, device)
    photos = opened(target, source)
    if not consent and not photos.is_sample:
        raise FusionError(Reason.CONSENT_MISSING)
    Signer.check(config.load())
    with ENGINE.taken(asked.heed), ENGINE.kept_if_sound():
        return _fused(photos, asked)


async def fuse_async(
    target: GivenPhoto,
    source: GivenPhoto | Sequence[GivenPhoto],
    settings: Settings | None = None,
    *,
    consent: bool = False,
    anyway: bool | None = None,
    progress: Progress | None = None,
    device: Device = "auto",
) -> Fused:
    """As `fuse`, in a thread beside the event loop, which goes on. Cancelling the task stops the job.

    >>> import asyncio
    >>> from fusion import Settings, fuse_async
    >>> from fusion.photos import samples
    >>> asyncio.run(fuse_async(*samples.sample_pair(), Settings(engine="landmark", output="512"))).size
    Size(width=512, height=512)

    Args:
        progress: called in the loop's thread; what it raises stops the job.

    Raises:
        FusionError: as `fuse`.
        asyncio.CancelledError: the task was cancelled; by then the job has ended.
    """
    stop, heard = threading.Event(), _Heard(progress)
    loop = asyncio.get_running_loop()
    done: concurrent.futures.Future[Fused] = concurrent.futures.Future()

    def tell(stage: Stage, fraction: float) -> None:
        loop.call_soon_threadsafe(heard.tell, stage, fraction, stop)

    work = partial(fuse, target, source, settings, consent=consent, anyway=anyway, cancel=stop, device=device)
    told = tell if progress else None
    ServiceThread(lambda: _into(done, lambda: work(progress=told)), "fuse").start()
    waiting = asyncio.ensure_future(asyncio.wrap_future(done))
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([waiting])
        waiting.exception()  # it is known to have ended, whatever it says
        raise
    except Cancelled:
        raise (heard.failed.exception() if heard.failed.done() else None) or Cancelled() from None


def release() -> None:
    """Give back the models, and whatever is remembered of photos; the next call loads them again.

    Waits for the job that is running.

    Raises:
        RuntimeError: it was called by the `progress` of a fusion.
    """
    with ENGINE.taken():
        ENGINE.let_go()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and by whom it is watched."""

    settings: Settings
    consent: bool
    progress: Progress | None
    cancel: threading.Event | None
    device: Device

    def heed(self) -> None:
        """
        Raises:
            Cancelled: nobody wants it any more.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled

    def watch(self, stage: Stage, fraction: float) -> None:
        """As of `fusion.worker.run_job.run`."""
        self.heed()
        if self.progress is not None:
            self.progress(stage, fraction)


@dataclass(slots=True)
class _Heard:
    """Who is told in the event loop, and what they have raised, which is raised again by who waits for the job."""

    progress: Progress | None
    failed: concurrent.futures.Future[None] = field(default_factory=concurrent.futures.Future)

    def tell(self, stage: Stage, fraction: float, stop: threading.Event) -> None:
        if self.progress is None or stop.is_set():
            return
        try:
            self.progress(stage, fraction)
        except BaseException as error:
            self.failed.set_exception(error)
            stop.set()


def _into(done: concurrent.futures.Future[Fused], work: Callable[[], Fused]) -> None:
    try:
        made = work()
    except BaseException as error:  # raised again by whoever waits
        done.set_exception(error)
    else:
        done.set_result(made)


def _fused(given: Opened, asked: _Asked) -> Fused:
    asked.watch(Stage.READ, 0.0)
    photos = given.read(ENGINE.reader)
    agreement.examine((photos.target, *photos.sources), SCRIPT, ENGINE.guard)
    asked.heed()
    id = private.new_name()
    agreed = agreement.logged(id, SCRIPT) if asked.consent else None
    report = _run(fallback_run.Job(photos, asked.settings, None, consent=agreed, id=id), asked)
    pixels = report.result.pixels
    pixels.setflags(write=False)
    return Fused(pixels, report.facts, report.recipe, report.result.opaque, given.paths, photos.target_file)


def _run(job: fallback_run.Job, asked: _Asked) -> run_job.Report:
    device: Value = HOST
    try:
        pipeline = ENGINE.pipeline if asked.device == "auto" else ENGINE.pipeline.on_cpu()
        device = pipeline.device_name
        return fallback_run.run(pipeline, job, watch=asked.watch)
    except Stranded as stranded:
        with contextlib.suppress(Exception):  # a card that has failed may not even let go
            ENGINE.let_go()
        raise stranded.error from stranded
    except (MemoryError, RuntimeError) as error:
        known = run_job.as_fusion_error(error, device)
        if known.reason == Reason.INTERNAL:
            raise  # a bug: its traceback is wanted
        raise known from error
