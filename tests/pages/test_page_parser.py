"""The face parser's offer on the Fuse page: its licence before the download, what fails is said, nobody is pressed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fusion.weights import segmenter
from pages.parts.services import services
from tests.support.app_driver import has_button, press, run, session, texts, until


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """A new session on a machine that has no model files, and no way to the package."""
    services.weights_tasks.clear()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("FUSEWISE_PARSER_URL", f"http://127.0.0.1:{probe.getsockname()[1]}/package.tar.gz")
        monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "weights"))
        yield session()
        services.weights_tasks().close()
        services.weights_tasks.clear()


def test_the_download_waits_until_the_licence_is_accepted(app: AppTest) -> None:
    said = texts(run(app))
    assert "face parser" in said
    assert "non-commercial research" in said
    assert app.button(key="parser_download").disabled
    app.checkbox(key="parser_accept").check()
    assert not run(app).button(key="parser_download").disabled


def test_a_download_that_fails_says_why_and_can_be_tried_again(app: AppTest) -> None:
    run(app).checkbox(key="parser_accept").check()
    press(run(app), "parser_download")
    until(app, lambda at: bool(at.error))
    assert "could not be fetched" in app.error[0].value
    assert segmenter.VARIABLE in app.error[0].value
    assert app.button(key="parser_download").label == "Try again"


def test_who_does_not_want_it_is_not_asked_again(app: AppTest) -> None:
    press(run(app), "parser_offer_close")
    assert not has_button(run(app), "parser_download")
    assert has_button(app, "engine_offer_close"), "the other offer stays"


def test_where_it_lies_it_is_not_offered(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(segmenter.VARIABLE, str(tmp_path / "mine.pth"))
    assert not has_button(run(app), "parser_download")
