"""A download of weights in words: how far it is, which file, where it goes. No Streamlit."""

from __future__ import annotations

from pathlib import Path

from api.spoken.translator import Words
from fusion.files import private
from fusion.units import GB, MB
from fusion.weights import Phase, Transfer

_IN_MINUTES_FROM_S = 90.0


def how_far(say: Words, here: Transfer) -> str:
    """Bytes of all files, speed and time left, as far as they are known."""
    if here.phase != Phase.FETCHING:
        return say(f"weights.{here.phase}")
    parts = [say("weights.amount", done=here.bytes / MB, total=here.total_bytes / MB)]
    if here.bytes_per_second is not None:
        parts.append(say("weights.speed", speed=here.bytes_per_second / MB))
    if here.seconds_left is not None:
        is_long = here.seconds_left >= _IN_MINUTES_FROM_S
        unit = "minutes" if is_long else "seconds"
        parts.append(say(f"weights.{unit}_left", number=here.seconds_left / (60 if is_long else 1)))
    return " · ".join(parts)


def file(say: Words, here: Transfer) -> str:
    """The file in work and how much of it is there; empty where none is."""
    if not here.file:
        return ""
    name = here.file.rpartition("/")[2]
    return say("weights.file", name=name, done=here.file_bytes / MB, total=here.file_total_bytes / MB)


def place(say: Words, folder: Path, size: int) -> str:
    """How much is fetched, where it is kept, and what is free there.

    Args:
        size: bytes.
    """
    try:
        free = private.free_bytes(folder) / GB
    except OSError:
        return say("weights.place", size=size / GB, place=str(folder))
    return say("weights.place_free", size=size / GB, place=str(folder), free=free)
