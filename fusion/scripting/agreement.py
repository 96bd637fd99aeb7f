"""What is declared where no page asks: a consent is logged as it is given, and so is a refusal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable

from fusion.declared import Consent, Declaration, Declared, consent_of
from fusion.errors import FusionError, Reason
from fusion.photos import Photo
from fusion.refusal import Guard
from fusion.scripting.labelling import store
from fusion.storage import Declarations


def logged(job: str, by: str) -> Consent:
    """The consent that is given now, which stands in the log from here on.

    Args:
        job: the id that its picture will have.
        by: who says so: one of `fusion.declared.NOBODY`.

    Raises:
        FusionError: as `Store.write`: where it cannot be logged, it is not given.
    """
    consent = Consent(by, float(int(time.time())))
    log = Declarations(store())
    log.add(consent_of(consent, job))
    log.forget_old(consent.at)  # no app may ever run here
    return consent


def examine(photos: Iterable[Photo], by: str, guard: Guard | None = None) -> None:
    """Refuse photos that are not fused, where FUSEWISE_REFUSAL asks for it here, too; that they were is logged.

    Args:
        by: whose photos they are: one of `fusion.declared.NOBODY`.
        guard: that looks; a new one if None.

    Raises:
        FusionError: as of `fusion.refusal.Guard`.
    """
    try:
        (guard or Guard()).examine(photos, is_served=False)
    except FusionError as error:
        if error.reason == Reason.PHOTOS_REFUSED:
            with contextlib.suppress(FusionError):  # of the database: refused they are all the same
                log = Declarations(store())
                log.add(Declaration(time.time(), Declared.REFUSAL, str(error.reason), "", by))
                log.forget_old(time.time())
        raise
