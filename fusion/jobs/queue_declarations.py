"""The queue's log: what people declared and what was refused, six months of it, whatever is deleted meanwhile.

Whether the visible label is drawn is answered here too, since each answer is logged.
"""

from __future__ import annotations

import time

from fusion.declared import CONSENT_WORDING, Consent, Declaration, Declared
from fusion.jobs.queue_base import QueueBase
from fusion.labels import DUTY_WORDING, Choice, Label, Standing
from fusion.types import Switch


class QueueDeclarations(QueueBase):
    """What the queue offers of declarations."""

    def label(self, language: str, *, is_served: bool = False) -> Standing:
        """Whether the visible label is drawn into a picture that leaves now, and in which language.

        Args:
            language: of whoever asks, as "zh" or "en_GB".
            is_served: whether others than the one person at this machine use it.
        """
        return Choice(self._archive).standing(language, is_served=is_served)

    def choose_label(self, is_drawn: bool, *, owner: str, is_served: bool = False) -> None:
        """Draw the label from now on, or do not; logged first, as the answer to the sentence about the duty.

        Whether `owner` may choose is for whoever calls to know.

        Args:
            owner: who said so, as `Jobs.submit` calls them.
        """
        self.declare(Declared.LABEL, Switch.ON if is_drawn else Switch.OFF, owner=owner, wording=DUTY_WORDING)
        Choice(self._archive).answer(is_drawn, is_served=is_served)

    def speak_label(self, label: Label) -> None:
        """Draw the label in that language from now on, whoever makes the picture."""
        Choice(self._archive).speak(label)

    def consent(self, owner: str, at: float | None = None) -> Consent:
        """The consent that somebody has given, to be handed to `Jobs.submit`, which logs it.

        Args:
            owner: who, as `Jobs.submit` calls them; the consent knows them by a pseudonym.
            at: when, in seconds since the epoch; None: now.
        """
        whole = float(int(time.time() if at is None else at))
        return Consent(self._declarations.pseudonym(owner), whole, CONSENT_WORDING)

    def declare(self, kind: Declared, value: str, *, owner: str, wording: str = "", job: str | None = None) -> None:
        """Log what somebody has declared, or what was refused to them.

        Args:
            value: as of `Declaration`: a code.
            owner: who, as `Jobs.submit` calls them; the log knows them by a pseudonym.
            wording: the version of the sentence that they were asked.
            job: that it is about.

        Raises:
            ValueError: `value`, `wording` or `job` is no code.
        """
        by = self._declarations.pseudonym(owner)
        self._declarations.add(Declaration(time.time(), kind, value, wording, by, job))

    def declarations(self, kind: Declared | None = None) -> tuple[Declaration, ...]:
        """The log, the newest first.

        Args:
            kind: None for all.
        """
        return self._declarations.listed(kind, now=time.time())
