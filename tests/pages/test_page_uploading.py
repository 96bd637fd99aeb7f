"""Boxes for files: what a browser has refused is said in words where it happened, until the next file comes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.types import Role
from pages.parts.uploading import refused
from tests.support.app_driver import desk, png, run, session, texts, upload
from tests.support.fixtures.photos import colours


def said(at: AppTest, *files: dict[str, Any]) -> AppTest:
    """The target's box tells what its browser has not taken."""
    key = f"refused_upload_{Role.TARGET}_{desk(at).slots[Role.TARGET].turn}"
    at.session_state[key] = refused.Told(refused.read({"files": [*files]}), turn=1)
    return run(at)


def told(at: AppTest) -> list[str]:
    return [str(each.value) for each in at.error]


def test_the_last_message_stands_alone_and_goes_with_its_file() -> None:
    at = run(session())
    assert "MiB" in at.file_uploader[0].label
    upload(at, Role.TARGET, "text.jpg", b"no photo")
    assert [text for text in told(at) if "not a photo that can be read" in text]
    said(at, {"name": "holiday.png", "bytes": 31_457_280, "why": "heavy"})
    assert len(told(at)) == 1, "the older message has another cause"
    assert "holiday.png is too large: 30.0 MiB, and 25 MiB is the most." in told(at)[0]
    upload(at, Role.TARGET, "colours.png", png(colours()))
    assert not [text for text in told(at) if "holiday" in text]
    assert "No face was found" in texts(at)


@pytest.mark.parametrize(("language", "what"), [("en", "Choose JPEG, PNG"), ("zh", "请选择 JPEG、PNG")])
def test_every_reason_is_said_with_what_to_do(language: str, what: str) -> None:
    at = session()
    at.context = {"locale": language}
    run(at)
    said(at, {"name": "a*b*.gif", "bytes": 9, "why": "kind"})
    assert what in told(at)[0]
    assert r"a\*b\*.gif" in told(at)[0], "a name is no Markdown"
    said(at, *({"name": f"{why}.png", "bytes": 1, "why": str(why)} for why in refused.Why))
    for shown in ("heavy.png", "kind.png", "full.png"):
        assert shown in told(at)[0]
    assert "3" in told(at)[0].splitlines()[-1], "the others are counted"


@pytest.mark.parametrize(
    "sent",
    [None, "x", [], {"files": 1}, *({"files": [each]} for each in (1, {}, {"name": "a", "bytes": "b", "why": "kind"}))],
)
def test_what_makes_no_sense_is_nothing(sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"words_box": SimpleNamespace(refused=sent)})
    refused.hear("words_box", "box")
    assert not refused.of("box").files


def test_what_comes_with_refused_files_lets_their_message_stay_and_what_comes_later_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {"files": [{"name": "a.gif", "bytes": 1, "why": "kind"}], "comes_more": True}
    monkeypatch.setattr(st, "session_state", {"words_box": SimpleNamespace(refused=said)})
    refused.hear("words_box", "box")
    refused.follow("box", ["first"])
    assert refused.of("box").files
    refused.follow("box", ["first"])
    assert refused.of("box").files
    refused.follow("box", ["first", "second"])
    assert not refused.of("box").files
