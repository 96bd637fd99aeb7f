"""What people say yes to has a version: whoever changes the words names a new one."""

from __future__ import annotations

import hashlib
import json

import pytest

from api.spoken.translator import FOLDER, NAMES
from fusion.declared import CONSENT_WORDING

# By version and language, the sha256 of the sentence and its help. What was once said stays here.
SAID = {"2026-11": {"en": "70434c8dbd8f6ee0", "zh": "a60a3ef7058c92f9"}}


def words_of(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def said_in(language: str) -> str:
    words = words_of(language)
    return hashlib.sha256(f"{words['run.consent']}\n{words['run.consent.help']}".encode()).hexdigest()[:16]


def test_the_words_of_a_version_are_always_the_same() -> None:
    now = {str(language): said_in(language) for language in NAMES}
    assert now == SAID[CONSENT_WORDING], "these are other words: name a new CONSENT_WORDING"


@pytest.mark.parametrize(("language", "separate"), [("en", "separate consent"), ("zh", "单独同意")])
def test_every_language_asks_for_the_consent_of_each_person(language: str, separate: str) -> None:
    assert separate in words_of(language)["run.consent.help"]
