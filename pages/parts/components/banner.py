"""What concerns every page, above it: why no job is taken now, though it is nobody's fault; live."""

from __future__ import annotations

from pages.parts.components import cards
from pages.parts.components.live_fragment import redrawn
from pages.parts.i18n import words
from pages.parts.services import jobs

LOOK_SECONDS = 2.0


@redrawn(LOOK_SECONDS)
def banner() -> None:
    """Draws it; nothing while all goes on."""
    queue = jobs()
    for error in (queue.paused, queue.stuck):
        if error is not None:
            cards.error(words(), error)
