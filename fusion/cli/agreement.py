"""Consent on the command line: said to who has not been told yet. What is given is logged by `fusion.scripting`."""

from __future__ import annotations

import contextlib
import sys

from fusion.cli import streams
from fusion.declared import CONSENT_WORDING
from fusion.errors import FusionError
from fusion.scripting import labelling
from fusion.storage import Archive

STATEMENT = (
    "Fuse photos of yourself, or of people who were told of this and agreed. Without that it can hurt them, and is "
    "unlawful in many places. With --consent the recipe says that they agreed. (This is said once.)"
)
_TOLD = "consent_told"  # the option that holds the version of the statement that was said last


def remind(*, is_given: bool) -> None:
    """Say the statement before the first fusion of a data folder, to whoever sits at a terminal.

    Args:
        is_given: whether consent was given with the command, or none is needed: there is nothing to say then.
    """
    if is_given or not sys.stderr.isatty():
        return
    store = labelling.store()
    with contextlib.suppress(FusionError):  # where nothing can be kept it is said each time
        if store.exists and Archive(store).option(_TOLD) == CONSENT_WORDING:
            return
    streams.complain(STATEMENT)
    with contextlib.suppress(FusionError):
        Archive(store).choose(_TOLD, CONSENT_WORDING)
