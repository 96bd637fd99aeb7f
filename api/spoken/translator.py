"""What people are told, in English and in Simplified Chinese. Pure: no Streamlit here.

`pages/parts/i18n/words/en.json` and `zh.json` there hold one flat object each, key → sentence with `{placeholders}`.
The English of errors, their phrases, notices, findings and what the advisor says is not repeated there: it is written
beside their codes, in `fusion.errors`, `fusion.notices`, `fusion.verification`, `advisor.recommendation.messages`,
`advisor.driver.reasons` and `advisor.diagnosis.messages`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from advisor.diagnosis import SENTENCES as CAUSES
from advisor.diagnosis import Finding
from advisor.driver import SENTENCES, Reason
from advisor.recommendation import Remark
from fusion.errors import Detail, FusionError, Phrase, Value
from fusion.notices import Notice
from fusion.verification import Finding as Found

_ROOT = Path(__file__).resolve().parents[2]
_WORDS = "pages/parts/i18n/words"
# In a checkout the pages lie beside this package; in a wheel within `fusewise` (pyproject.toml).
_PLACES = (_ROOT / _WORDS, _ROOT / "fusewise" / "app" / _WORDS)
FOLDER = next((place for place in _PLACES if place.is_dir()), _PLACES[0])


class Language(StrEnum):
    """The languages the pages speak, as they stand in the URL."""

    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def tag(self) -> str:
        """As HTML names it: with its script, where it is written in several."""
        return _TAGS.get(self, self.value)


NAMES: Mapping[str, str] = {Language.ENGLISH: "English", Language.CHINESE: "简体中文"}
_TAGS: Mapping[str, str] = {Language.CHINESE: "zh-Hans"}

# Details that are words rather than numbers: detail name -> group of keys that translates its values.
_SPOKEN: Mapping[str, str] = {
    "role": "role",
    "part": "part",
    "device": "device",
    "engine": "engine",
    "where": "where",
    "lightness": "lightness",
}


def language_of(*locales: str | None) -> Language:
    """The language for a browser that wants these, like "en-GB" or "zh-Hans-CN", best first; English where none is."""
    wanted = (re.split(r"[-_]", (locale or "").lower())[0] for locale in locales)
    return next((Language(each) for each in wanted if each in list(Language)), Language.ENGLISH)


@cache
def _sentences(language: str) -> Mapping[str, str]:
    sentences: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return sentences


class Words:
    """Speaks one language: `say("run.fuse")`, `say.error(error)`, `say.notice(notice)`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._sentences = _sentences(language)

    def __call__(self, key: str, /, **details: Value) -> str:
        """The sentence under `key` with its placeholders filled; details that are words are translated.

        Raises:
            KeyError: no such key, or a placeholder without a value.
        """
        return self._sentences[key].format(**self._spoken(details))

    def together(self, *sentences: str) -> str:
        """Sentences one after the other, those that are empty left out; in Chinese nothing stands between them."""
        return ("" if self.language == Language.CHINESE else " ").join(filter(None, sentences))

    def value(self, group: str, value: str) -> str:
        """One value of a closed set, like `value("mode", "blend")`; a value without a word stays as it is."""
        return self._sentences.get(f"{group}.{value}", value)

    def error(self, error: FusionError) -> tuple[str, str]:
        """What happened, and what to do about it."""
        key = f"error.{error.reason}"
        if f"{key}.message" not in self._sentences:  # English, or a reason that is newer than its translation
            return error.message, error.remedy
        return self(f"{key}.message", **error.details), self(f"{key}.remedy", **error.details)

    def notice(self, notice: Notice) -> str:
        """The notice as a sentence; faces are counted from 1, as they are on the photo."""
        details = dict(notice.details)
        index = details.get("index")
        if isinstance(index, int):
            details["index"] = index + 1
        key = f"notice.{notice.code}"
        if key not in self._sentences:
            return str(Notice(notice.code, details))
        return self(key, **details)

    def found(self, finding: Found) -> str:
        """What was found of a picture's origin, as a sentence."""
        key = f"verify.{finding.code}"
        return self(key, **finding.details) if key in self._sentences else str(finding)

    def remark(self, remark: Remark) -> str:
        """A reason or a warning of the advisor's as a sentence."""
        details = dict(remark.details)
        if "reason" in details:
            why, command = Reason(str(details["reason"])), details.get("command", "")
            details["message"], details["remedy"] = self.machine(why, command)
        key = f"remark.{remark.code}"
        if key not in self._sentences:
            return str(Remark(remark.code, details))
        return self(key, **details)

    def cause(self, finding: Finding) -> tuple[str, str]:
        """What has caused it, and what to do about it."""
        key, details = f"cause.{finding.cause}", dict(finding.evidence)
        if "message" in details:  # of a card; it is spoken by its code
            details["message"], details["remedy"] = self.machine(Reason(str(details["reason"])))
        if f"{key}.why" not in self._sentences:
            spoken = self._spoken(details)
            why, remedy = CAUSES[finding.cause]
            return why.format(**spoken), remedy.format(**spoken)
        return self(f"{key}.why", **details), self(f"{key}.remedy", **details)

    def machine(self, reason: Reason, command: Value = "") -> tuple[str, str]:
        """What is so about a graphics card, and what to do about it: with a command, where it is PyTorch's."""
        key = f"machine.{reason}"
        if f"{key}.message" not in self._sentences:
            message, remedy = SENTENCES[reason]
            return message, remedy.format(command=command)
        return self(f"{key}.message"), self(f"{key}.remedy", command=command)

    def phrase(self, phrase: Phrase) -> str:
        """Part of a sentence that stands in it as a detail."""
        key = f"phrase.{phrase.code}"
        return self(key, **phrase.named) if key in self._sentences else str(phrase)

    def _spoken(self, details: Mapping[str, Value]) -> dict[str, Detail]:
        spoken = {name: self.phrase(value) if isinstance(value, Phrase) else value for name, value in details.items()}
        for name, group in _SPOKEN.items():
            if name in spoken:
                spoken[name] = self.value(group, str(spoken[name]))
        return spoken
