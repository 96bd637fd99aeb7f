"""What somebody has set, change by change, so that each can be taken back. No Streamlit.

What the page itself puts into the widgets is nobody's change: of the settings that are advised only those count that
somebody has set (`pages.parts.session.pins`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields, replace

from advisor.recommendation import Intent
from fusion.settings import RANGES, Settings
from pages.parts.session import pins

MOST = 50  # changes that can be taken back
DRAG_SECONDS = 1.0  # values of one slider that come no further apart than this are one change


@dataclass(frozen=True, slots=True)
class Moment:
    """What was set at some time.

    Attributes:
        settings: those that are left to the advisor have their defaults.
        pinned: names of the advised settings that somebody has set.
        own: the name of the preset of one's own that was chosen last; "" for none.
    """

    settings: Settings = field(default_factory=Settings)
    intent: Intent = Intent.AUTO
    pinned: frozenset[str] = frozenset()
    own: str = ""

    @classmethod
    def of(cls, settings: Settings, wishes: pins.Wishes, own: str = "") -> Moment:
        """What the widgets say, and what of it somebody has said."""
        nothing = pins.values(Settings())
        left = {name: nothing[name] for name in pins.ADVISED if name not in wishes.pinned}
        return cls(replace(settings, **left), wishes.intent, wishes.pinned, own)

    def changed(self, then: Moment) -> tuple[str, ...]:
        """Names of the settings that are others then."""
        pairs = ((each.name, getattr(self.settings, each.name), getattr(then.settings, each.name)) for each in _FIELDS)
        return tuple(name for name, mine, theirs in pairs if mine != theirs)


_FIELDS = fields(Settings)


@dataclass(slots=True)
class Changes:
    """Those of one session.

    Attributes:
        now: what is set.
        done: what was set before each change that can be taken back, the last at the end.
        undone: what each change had led to that was taken back, likewise.
    """

    now: Moment | None = None
    done: list[Moment] = field(default_factory=list)
    undone: list[Moment] = field(default_factory=list)
    _dragged: str = ""
    _at: float = 0.0

    def see(self, moment: Moment) -> None:
        """Told in each run of the page what is set."""
        before, self.now = self.now, moment
        if before is None or before == moment:
            return
        slider, at = _slider(before, moment), time.monotonic()
        is_same_drag = slider and slider == self._dragged and at - self._at < DRAG_SECONDS
        self._dragged, self._at = slider, at
        if not is_same_drag:
            self.done = [*self.done[1 - MOST :], before]
        self.undone.clear()

    def undo(self) -> Moment | None:
        """What is to be set again; None where there was no change."""
        return self._step(self.done, self.undone)

    def redo(self) -> Moment | None:
        """What is to be set once more; None where nothing was taken back."""
        return self._step(self.undone, self.done)

    def _step(self, back: list[Moment], forth: list[Moment]) -> Moment | None:
        if not back or self.now is None:
            return None
        forth.append(self.now)
        self.now, self._dragged = back.pop(), ""
        return self.now


def _slider(before: Moment, then: Moment) -> str:
    """The one slider that sets them apart; "" where it is more than that, or something else."""
    changed = before.changed(then)
    is_alone = len(changed) == 1 and replace(before, settings=then.settings) == then
    return changed[0] if is_alone and changed[0] in RANGES else ""
