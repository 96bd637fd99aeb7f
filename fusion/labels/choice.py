"""Whether the visible label is drawn, in which language, and who says so. Standard library.

`FUSEWISE_LABEL` is above everything. Below it a served instance draws the label unless its administrator has switched
it off; on a person's own machine it is drawn until they have been asked, and then it is as they said. The two answers
are apart: who has switched it off for themselves has not switched it off for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from fusion import config
from fusion.labels.label import Label
from fusion.types import Switch

# What is said before somebody switches the label off. Art. 9 of China's measures on labels of 7 March 2025 asks that
# their duty be told to whoever gets a picture without one, and that it be logged; the EU's duty is Art. 50(4) and (5)
# of Regulation (EU) 2024/1689. Whoever changes what it says names the month of the change in its version.
DUTY: Mapping[Label, str] = MappingProxyType(
    {
        Label.EN: "Whoever publishes a picture like this has to let people see that AI was at work: in China in the "
        "picture itself, in the EU when it is first shown at the latest.",
        Label.ZH: "公开发布这类图片时，发布者有责任让人看出其中使用了 AI：在中国须在画面上标明，"
        "在欧盟最迟须在首次展示时告知。",
    }
)
DUTY_WORDING = "2026-11"

_DRAWN = {False: "label", True: "label_served"}  # names of options, by whether the instance is served
_LANGUAGE = "label_language"


class Options(Protocol):
    """Choices that are kept, as `fusion.storage.Archive` keeps them."""

    def option(self, name: str) -> str | None: ...

    def choose(self, name: str, value: str) -> None: ...


class Says(StrEnum):
    """Who says whether the label is drawn."""

    ENVIRONMENT = "environment"  # FUSEWISE_LABEL
    ANSWER = "answer"  # the person was asked, or on a served instance the administrator has chosen
    SERVED = "served"  # nobody: on a served instance it is on
    NOBODY = "nobody"  # nobody was asked yet: it is on till then


@dataclass(frozen=True, slots=True)
class Standing:
    """How it is now."""

    is_drawn: bool
    says: Says
    language: Label

    @property
    def label(self) -> Label | None:
        """What is to be drawn; None for nothing."""
        return self.language if self.is_drawn else None

    @property
    def answered(self) -> Label | None:
        """What is to be drawn where nothing leaves before there is an answer; None for nothing, and until then."""
        return None if self.is_open else self.label

    @property
    def is_open(self) -> bool:
        """Whether the person is still to be asked, before a picture leaves for the first time."""
        return self.says == Says.NOBODY

    @property
    def can_change(self) -> bool:
        """Whether an answer would have an effect."""
        return self.says != Says.ENVIRONMENT


class Choice:
    """The answers, and what follows from them.

    Args:
        options: where answers are kept.

    Every method may raise what `options` raise, and SettingsInvalid where the environment cannot be read.
    """

    def __init__(self, options: Options) -> None:
        self._options = options

    def standing(self, language: str, *, is_served: bool = False) -> Standing:
        """How it is now.

        Args:
            language: of whoever asks, as "zh" or "en_GB": the label's where none was chosen.
            is_served: whether the instance is open to others than the one person at this machine.
        """
        chosen = self._options.option(_LANGUAGE)
        spoken = Label.of(language) if chosen is None else Label.of(chosen)
        set_to = Switch(config.load().label)
        if set_to != Switch.AUTO:
            return Standing(set_to == Switch.ON, Says.ENVIRONMENT, spoken)
        answer = self._options.option(_DRAWN[is_served])
        if answer is not None:
            return Standing(answer != Switch.OFF, Says.ANSWER, spoken)
        return Standing(True, Says.SERVED if is_served else Says.NOBODY, spoken)

    def answer(self, is_drawn: bool, *, is_served: bool = False) -> None:
        """Keep what somebody said. Whether they may say so is for whoever calls to know."""
        self._options.choose(_DRAWN[is_served], Switch.ON if is_drawn else Switch.OFF)

    def speak(self, label: Label) -> None:
        """Draw the label in that language, whoever makes the picture."""
        self._options.choose(_LANGUAGE, label)
