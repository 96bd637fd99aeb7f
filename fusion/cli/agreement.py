"""Consent on the command line: said to who has not been told yet, and logged where somebody gives it; and refusals."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable

from fusion import config, refusal
from fusion.cli import streams
from fusion.declared import COMMAND_LINE, CONSENT_WORDING, Consent, Declaration, Declared, consent_of
from fusion.errors import FusionError, Reason
from fusion.photos import Photo
from fusion.storage import FILE, Archive, Declarations, Store

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
    store = _store()
    with contextlib.suppress(FusionError):  # where nothing can be kept it is said each time
        if store.exists and Archive(store).option(_TOLD) == CONSENT_WORDING:
            return
    streams.complain(STATEMENT)
    with contextlib.suppress(FusionError):
        Archive(store).choose(_TOLD, CONSENT_WORDING)


def logged(job: str) -> Consent:
    """The consent that is given now, which stands in the log from here on.

    Args:
        job: the id that its picture will have.

    Raises:
        FusionError: as `Store.write`: where it cannot be logged, it is not given.
    """
    consent = Consent(COMMAND_LINE, float(int(time.time())))
    log = Declarations(_store())
    log.add(consent_of(consent, job))
    log.forget_old(consent.at)  # no app may ever run here
    return consent


def examine(photos: Iterable[Photo]) -> None:
    """Refuse photos that are not fused, where FUSEWISE_REFUSAL asks for it here, too; that they were is logged.

    Raises:
        FusionError: as of `fusion.refusal.Guard`.
    """
    try:
        refusal.Guard().examine(photos, is_served=False)
    except FusionError as error:
        if error.reason == Reason.PHOTOS_REFUSED:
            with contextlib.suppress(FusionError):  # of the database: refused they are all the same
                log = Declarations(_store())
                log.add(Declaration(time.time(), Declared.REFUSAL, str(error.reason), "", COMMAND_LINE))
                log.forget_old(time.time())
        raise


def _store() -> Store:
    return Store(config.load().data / FILE)
