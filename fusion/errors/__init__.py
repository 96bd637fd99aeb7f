"""Errors for which there is a remedy, as every room knows them. Standard library alone.

An error carries a `Reason` (the key by which pages translate it), the values that its sentences need, the sentences in
English: what happened and what to do about it, and the code with which a command ends that it stops.
"""

from fusion.errors import phrases
from fusion.errors.english_phrases import PhraseCode
from fusion.errors.phrases import Detail, Phrase, Value
from fusion.errors.reasons import Exit, Reason
from fusion.errors.tree import (
    BatchRejected,
    Cancelled,
    DownloadFailed,
    FusionError,
    JobTimeout,
    NoFace,
    NotAllowed,
    OutOfMemory,
    OutputRejected,
    PairRefused,
    PhotoRejected,
    SettingsInvalid,
    WeightsInvalid,
    WeightsMissing,
    WorkerDied,
    frameless,
    from_json,
    revived,
)

__all__ = [
    "BatchRejected",
    "Cancelled",
    "Detail",
    "DownloadFailed",
    "Exit",
    "FusionError",
    "JobTimeout",
    "NoFace",
    "NotAllowed",
    "OutOfMemory",
    "OutputRejected",
    "PairRefused",
    "PhotoRejected",
    "Phrase",
    "PhraseCode",
    "Reason",
    "SettingsInvalid",
    "Value",
    "WeightsInvalid",
    "WeightsMissing",
    "WorkerDied",
    "frameless",
    "from_json",
    "phrases",
    "revived",
]
