"""Whether a source suits a target better as a mirror shows it. Pure numpy.

A mirrored face stays the same person: only the parting, moles and the like change sides.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from fusion.sources.appearance import Look
from fusion.types import Switch

YAW_APART = 10.0  # degrees between two heads, up to which neither view lacks what the other shows
YAW_NEARER = 6.0  # degrees that a mirror must bring them nearer
YAW_SPARED = 5.0  # degrees that it may take them apart for the light's sake
LIGHT_NEARER = 0.4  # of `Look.light`, likewise; the same step that it may lose for the pose's sake
MORE_LACKING = 0.02  # of the face that the target shows, which a mirror may take from view
SEEN_AREA = 0.5  # of the target's, each in face widths²: where the source shows less of a place, it lacks something


class MirroredFor(StrEnum):
    """Why a source was mirrored."""

    POSE = "pose"
    LIGHT = "light"
    WISH = "wish"  # somebody has said so


def mirrored_for(target: Look, source: Look, switch: Switch = Switch.AUTO) -> MirroredFor | None:
    """Why the source is to be mirrored; None where it is not."""
    if switch != Switch.AUTO:
        return MirroredFor.WISH if switch == Switch.ON else None
    why = _reason(target, source)
    if why is None or lacking(target, source.mirrored()) > lacking(target, source) + MORE_LACKING:
        return None
    return why


def _reason(target: Look, source: Look) -> MirroredFor | None:
    """What a mirror brings clearly nearer, whatever it does to what is hidden."""
    yaw = abs(target.yaw - source.yaw) - abs(target.yaw + source.yaw)
    light = abs(target.light - source.light) - abs(target.light + source.light)
    if abs(target.yaw - source.yaw) > YAW_APART and yaw > YAW_NEARER and light > -LIGHT_NEARER:
        return MirroredFor.POSE
    if light > LIGHT_NEARER and yaw > -YAW_SPARED:
        return MirroredFor.LIGHT
    return None


def lacking(target: Look, source: Look) -> float:
    """0…1: of the face that the target shows, the share that the source hides or is turned away with."""
    shown = target.area * (1 - target.hidden)
    seen = np.clip(source.area / np.maximum(target.area * SEEN_AREA, 1e-6), 0, 1)
    lacks = 1 - (1 - source.hidden) * seen
    return float((shown * lacks).sum() / max(float(shown.sum()), 1e-6))
