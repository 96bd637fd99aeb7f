"""A result that cannot be signed: the page says why and what to do, before a download or after one that failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.errors import FusionError, OutputRejected, Reason
from fusion.jobs import Jobs
from pages.parts.session import previews
from tests.support.app_driver import run, texts
from tests.support.fixtures.chains import chain
from tests.support.pages.history import ended
from tests.support.pages.label import downloads

pytest.importorskip("c2pa", reason="the extra c2pa is not installed")

Make = Callable[[], bytes]


@pytest.fixture
def cert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cert, key = chain().lay(tmp_path)
    monkeypatch.setenv("FUSEWISE_C2PA_CERT", str(cert))
    monkeypatch.setenv("FUSEWISE_C2PA_KEY", str(key))
    monkeypatch.setenv("FUSEWISE_LABEL", "on")
    return cert


@pytest.fixture
def buttons(monkeypatch: pytest.MonkeyPatch) -> dict[str, Make]:
    """What the downloads that were drawn make, by their words."""
    found: dict[str, Make] = {}
    button = st.download_button

    def drawn(label: str, data: Make, **options: Any) -> bool:
        found[label] = data
        return button(label, data, **options)

    monkeypatch.setattr(st, "download_button", drawn)
    return found


@pytest.fixture
def opened(queue: Jobs, app: AppTest) -> AppTest:
    app.query_params["job"] = ended(queue)
    return app


def test_a_certificate_that_is_gone_is_told_in_the_place_of_the_downloads(opened: AppTest, cert: Path) -> None:
    assert downloads(run(opened)) == ["PNG", "JPEG", "WebP", "Recipe"]
    cert.unlink()
    assert downloads(run(opened)) == []
    assert "FUSEWISE_C2PA_CERT" in texts(opened)


def test_why_a_download_failed_is_told_once(
    opened: AppTest, cert: Path, buttons: dict[str, Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bytes:
        raise OutputRejected(Reason.SIGN_TIME, why="no answer")

    monkeypatch.setattr(previews, "as_file", refused)
    assert "no answer" not in texts(run(opened))
    with pytest.raises(FusionError):
        buttons["PNG"]()
    assert "no answer" in texts(run(opened))
    assert "no answer" not in texts(run(opened))


def test_a_download_has_the_label_that_is_drawn_when_it_is_made(
    opened: AppTest, cert: Path, buttons: dict[str, Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", "off")
    run(opened)
    assert '"label": null' in str(buttons["Recipe"]())
    monkeypatch.setenv("FUSEWISE_LABEL", "on")
    assert '"text": "AI-modified"' in str(buttons["Recipe"]())
