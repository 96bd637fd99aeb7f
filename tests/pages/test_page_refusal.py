"""Photos that are refused: what a visitor is told, and that nothing of them stays on the page. A threshold of 0 refuses
any; the pipeline of the tests computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.declared import Declared
from fusion.storage import Query
from fusion.types import Role
from pages.parts.server import admission_setup, visitor
from pages.parts.services import services
from pages.parts.session.diagnosis_state import PARTS, DiagnosisDesk
from tests.support.app_driver import agreed, desk, fused, has_button, press, run, session, texts, until, with_samples
from tests.support.fixtures.unchecked import not_installed

INSTALL, CLOSED = "make refusal", "Nothing is fused here for now"


@pytest.fixture(autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server of its own that is open to others; whoever looks has shown no token."""
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("refusal")))
    monkeypatch.setenv("FUSEWISE_REFUSAL_THRESHOLD", "0")
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "is_administrator", lambda: True)


def with_fuse_pressed() -> AppTest:
    return press(agreed(with_samples(session())), "fuse")


def test_refused_photos_leave_the_page_and_cannot_be_tried_again() -> None:
    at = fused(session())
    assert "One of the photos seems to show nudity" in texts(at)
    here = desk(at)
    assert [here.slots[role].data for role in Role] == [b"", b""]
    assert not has_button(at, "retry")
    (line,) = services.jobs().declarations(Declared.REFUSAL)
    assert line.by == services.jobs().consent(here.owner).by
    at.switch_page("pages/studio/history.py")
    assert not has_button(run(at), f"retry_{line.job}")
    assert "grace_hopper" not in texts(at)


def test_they_leave_it_too_where_they_were_drawn_while_it_was_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAIT_QUICK_SECONDS", "WAIT_OTHERS_SECONDS"):
        monkeypatch.setattr(f"pages.parts.fuse.run.{name}", 60.0)
    at = until(agreed(with_samples(session())), lambda at: services.jobs().worker().state == "ready")
    press(at, "fuse")
    assert desk(at).job is None
    assert "One of the photos seems to show nudity" in texts(at)
    assert not has_button(at, "change_target")


def test_pictures_that_were_given_to_be_diagnosed_leave_that_page_too(sample_pair: tuple[bytes, bytes]) -> None:
    at = run(session())
    at.switch_page("pages/machine/diagnostics.py")
    run(at).segmented_control(key="diagnosis_way").set_value("files")
    run(at)
    here: DiagnosisDesk = at.session_state["diagnosis_desk"]
    for part, data in zip(PARTS, (*sample_pair, sample_pair[0]), strict=True):
        at.file_uploader(key=f"given_{part}_{here.given[str(part)].turn}").upload(f"{part}.png", data)
        run(at)
    at.checkbox(key=here.own.key("diagnosis_consent")).check()
    press(run(at), "do_0")
    until(at, lambda at: here.trial is None)
    assert here.files() == (b"", b"", b"")
    assert not here.seen
    assert "One of the photos seems to show nudity" in texts(at)


def test_one_person_at_this_machine_is_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "true")
    at = with_fuse_pressed()
    until(at, lambda at: desk(at).job is None)
    (view,) = services.jobs().history(Query())
    assert view.error is None


def test_who_can_mend_it_is_told_how_and_others_whom_to_tell(
    administrator: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert INSTALL not in texts(run(session()))
    not_installed(monkeypatch)
    assert INSTALL in texts(run(session()))
    monkeypatch.setattr(visitor, "is_administrator", lambda: False)
    said = texts(run(session()))
    assert CLOSED in said
    assert INSTALL not in said


def test_nothing_is_fused_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    not_installed(monkeypatch)
    at = with_fuse_pressed()
    assert "what checks them is not installed" in texts(at)
    assert services.jobs().history(Query()) == ()


@pytest.mark.parametrize(
    ("single", "setting", "is_there", "told"),
    [
        ("false", "auto", True, None),
        ("false", "auto", False, "NOTHING CAN BE FUSED YET"),
        ("false", "off", False, "FUSEWISE_REFUSAL=off"),
        ("true", "auto", False, None),
    ],
)
def test_a_server_says_as_it_starts_whether_photos_are_checked(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    single: str,
    setting: str,
    is_there: bool,
    told: str | None,
) -> None:
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", single)
    monkeypatch.setenv("FUSEWISE_REFUSAL", setting)
    if not is_there:
        not_installed(monkeypatch)
    admission_setup.announce()
    said = capsys.readouterr().out
    assert ("FUSED YET" in said or "REFUSAL" in said) == (told is not None)
    assert (told or "") in said


@pytest.mark.parametrize("page", ["pages/studio/fuse.py", "pages/studio/batch.py"])
def test_beside_the_consent_it_says_what_it_is_not_for(page: str) -> None:
    at: AppTest = session()
    run(at).switch_page(page)
    said = "\n".join(str(each.value) for each in run(at).markdown)
    for word in ("Intimate pictures", "Children", "Deceiving", "Hurting", "People who have not agreed"):
        assert word in said
