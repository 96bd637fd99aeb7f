"""Whether the label is drawn: the environment, then an answer, else on; and one's own answer is none for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.errors import SettingsInvalid
from fusion.labels import DUTY, Choice, Label, Says
from fusion.storage import FILE, Archive, Store


@pytest.fixture
def choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Choice:
    monkeypatch.delenv("FUSEWISE_LABEL", raising=False)
    return Choice(Archive(Store(tmp_path / FILE)))


def test_it_is_on_until_somebody_was_asked(choice: Choice) -> None:
    standing = choice.standing("en")
    assert (standing.is_drawn, standing.says, standing.is_open) == (True, Says.NOBODY, True)
    choice.answer(False)
    standing = choice.standing("en")
    assert (standing.label, standing.says, standing.is_open) == (None, Says.ANSWER, False)
    choice.answer(True)
    assert choice.standing("en").label == Label.EN


def test_a_served_instance_asks_nobody_and_has_it_on(choice: Choice) -> None:
    standing = choice.standing("zh", is_served=True)
    assert (standing.label, standing.says, standing.is_open) == (Label.ZH, Says.SERVED, False)


def test_who_has_switched_it_off_for_themselves_has_not_done_so_for_others(choice: Choice) -> None:
    choice.answer(False)
    assert choice.standing("en", is_served=True).is_drawn
    choice.answer(True)
    choice.answer(False, is_served=True)
    assert not choice.standing("en", is_served=True).is_drawn
    assert choice.standing("en").is_drawn


@pytest.mark.parametrize("is_served", [False, True])
@pytest.mark.parametrize(("set_to", "drawn"), [("on", True), ("off", False)])
def test_the_environment_is_above_every_answer(
    choice: Choice, monkeypatch: pytest.MonkeyPatch, set_to: str, drawn: bool, is_served: bool
) -> None:
    choice.answer(not drawn, is_served=is_served)
    monkeypatch.setenv("FUSEWISE_LABEL", set_to)
    standing = choice.standing("en", is_served=is_served)
    assert (standing.is_drawn, standing.says, standing.can_change) == (drawn, Says.ENVIRONMENT, False)


def test_a_word_that_is_none_of_the_three_is_refused(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", "sometimes")
    with pytest.raises(SettingsInvalid, match="FUSEWISE_LABEL"):
        choice.standing("en")


def test_it_speaks_the_language_of_who_asks_until_one_was_chosen(choice: Choice) -> None:
    assert [choice.standing(name).language for name in ("zh_CN.UTF-8", "zh", "en_GB", "de", "C")] == [
        *(Label.ZH, Label.ZH),
        *(Label.EN, Label.EN, Label.EN),
    ]
    choice.speak(Label.ZH)
    assert choice.standing("en").label == Label.ZH


def test_the_duty_is_one_sentence_in_each_language() -> None:
    assert set(DUTY) == set(Label)
    assert [DUTY[label].count(mark) for label, mark in ((Label.EN, ". "), (Label.ZH, "。"))] == [0, 1]
