"""The error tree: whatever goes wrong for a reason that a person can act on is a `FusionError`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from fusion.errors import phrases
from fusion.errors.english_files import FILES
from fusion.errors.english_jobs import JOBS
from fusion.errors.english_photos import PHOTOS
from fusion.errors.english_requests import REQUESTS
from fusion.errors.english_signing import SIGNING
from fusion.errors.phrases import Value
from fusion.errors.reasons import Reason, Sentence

Known = TypeVar("Known", bound=BaseException)

# The Chinese of each lives in pages/parts/i18n/words/zh.json under the same reason.
SENTENCES: Mapping[Reason, Sentence] = MappingProxyType({**PHOTOS, **JOBS, **FILES, **SIGNING, **REQUESTS})


class FusionError(Exception):
    """A failure with a remedy.

    Args:
        reason: why.
        details: the values that its sentences name; texts are kept printable, since many are names of files.

    Raises:
        KeyError: a value that a sentence names is missing.
    """

    def __init__(self, reason: Reason, **details: Value) -> None:
        self.reason = reason
        self.exit = reason.exit
        self.details = phrases.made_printable(details)
        sentence = SENTENCES[reason]
        self.message = sentence.message.format(**self.details)
        self.remedy = sentence.remedy.format(**self.details)
        super().__init__(self.message)

    def told(self) -> dict[str, str]:
        """The error as programs are told of it."""
        return {"reason": self.reason, "message": self.message, "remedy": self.remedy}

    def to_json(self) -> dict[str, Any]:
        """The error as it crosses from the worker to the pages, in plain JSON types."""
        return {"kind": type(self).__name__, "reason": str(self.reason), "details": phrases.to_json(self.details)}


class PhotoRejected(FusionError):
    """The bytes are not a photo that can be used."""


class NoFace(FusionError):
    """No usable face where one is needed."""


class PairRefused(FusionError):
    """Two faces that make no picture together, and were not to be fused anyway."""


class SettingsInvalid(FusionError):
    """A setting is unknown or out of range."""


class WeightsMissing(FusionError):
    """A model file is not there."""


class WeightsInvalid(FusionError):
    """A model file is there, but is not what it should be."""


class DownloadFailed(FusionError):
    """The weights could not be fetched; what has been fetched is kept."""


class OutOfMemory(FusionError):
    """The device or the host ran out of memory."""


class WorkerDied(FusionError):
    """The worker process ended, or never began."""


class JobTimeout(FusionError):
    """The job took longer than it may."""


class Cancelled(FusionError):
    """Somebody pressed cancel."""

    def __init__(self, reason: Reason = Reason.CANCELLED, **details: Value) -> None:
        super().__init__(reason, **details)


class NotAllowed(FusionError):
    """Somebody else than the administrator asked for what is the administrator's."""


class OutputRejected(FusionError):
    """The result cannot be written where or how it was asked for."""


class BatchRejected(FusionError):
    """What was given for a batch, or one thing of it, cannot be used."""


KINDS: Mapping[str, type[FusionError]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            FusionError,
            PhotoRejected,
            NoFace,
            PairRefused,
            SettingsInvalid,
            WeightsMissing,
            WeightsInvalid,
            DownloadFailed,
            OutOfMemory,
            WorkerDied,
            JobTimeout,
            Cancelled,
            NotAllowed,
            OutputRejected,
            BatchRejected,
        )
    }
)


def frameless(error: Known) -> Known:
    """An error that outlives whatever it broke off, in a view, a session or a list: without its frames.

    They would keep all that those functions held, and the functions that called them: photos, above all. Whoever
    wants its traceback in a log writes it there first.
    """
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error


def from_json(data: Mapping[str, Any]) -> FusionError:
    """The error that `FusionError.to_json` described.

    Raises:
        KeyError, TypeError: it described none.
    """
    return revived(data["reason"], data["details"], data["kind"])


def revived(name: str, details: object, kind: str = "") -> FusionError:
    """The error that was stored as its reason's name and its details, as JSON has them.

    Another version may have had a reason that this one does not know, or told of it by other values: then it is
    `Reason.UNKNOWN`, which names it.

    Raises:
        TypeError: these are no details.
    """
    if not isinstance(details, dict):
        raise TypeError(f"no details of an error: {details!r}")
    reason, made = Reason.of(name), KINDS.get(kind, FusionError)
    try:
        if reason is not None:
            return made(reason, **phrases.from_json(details))
    except (AttributeError, KeyError, TypeError, ValueError):  # of the details
        pass
    return made(Reason.UNKNOWN, name=name)
