"""What concerns the machine is the administrator's alone: what others see of it, and what their asking comes to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from advisor.device.orphans import Leftover
from api.server.tokens import Role, cookie_name
from fusion.errors import (
    DownloadFailed,
    FusionError,
    NotAllowed,
    OutputRejected,
    Phrase,
    PhraseCode,
    Reason,
    SettingsInvalid,
)
from fusion.weights import Task
from pages.parts.fuse import calibrate, weights
from pages.parts.gpu import Kind, self_test
from pages.parts.gpu.worker_actions import Acts
from pages.parts.i18n import Words
from pages.parts.server import admission_setup, rights, visitor
from pages.parts.services import services
from pages.parts.session import Album
from tests.support.app_driver import run, session, texts, until, with_samples

PAGES = {
    "gpu": "pages/machine/gpu.py",
    "history": "pages/studio/history.py",
    "diagnosis": "pages/machine/diagnostics.py",
}
CONTROLS = ("release_0", "restart_0", "measure", "weights_download", "weights_verify", "keep_apply")
ONLY = "What concerns the machine is the administrator's"


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several people use the app, and whoever looks has shown no token."""
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")


def open_page(page: str) -> AppTest:
    at = run(session())
    at.switch_page(PAGES[page])
    if page == "diagnosis":
        run(at).pills(key="diagnosis_symptom").set_value("slow")
    return until(at, lambda at: page != "gpu" or "The worker" in texts(at))


def keys(at: AppTest) -> set[str]:
    return {str(each.key) for kind in (at.button, at.selectbox, at.checkbox) for each in kind}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_offered_no_control_of_the_machine(page: str) -> None:
    at = open_page(page)
    assert not keys(at) & {*CONTROLS, "keep_days"}
    if page != "history":
        assert ONLY in texts(at)


@pytest.mark.usefixtures("many")
def test_a_visitor_of_the_fuse_page_sees_neither_the_servers_folders_nor_a_download(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "here" / "weights"))
    at = with_samples(session())
    assert not keys(at) & {*CONTROLS, "weights_accept"}
    assert str(tmp_path) not in shown(at)
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "true")
    at = with_samples(session())
    assert {"weights_accept", "weights_download", "measure"} <= keys(at)
    assert str(tmp_path) in shown(at)


def shown(at: AppTest) -> str:
    """All that goes to the browser, helps too."""
    return "\n".join(str(each.proto) for each in at.main if hasattr(each, "proto")) + texts(at) + str(at.main)


def test_one_person_has_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "true")
    at = open_page("gpu")
    assert {"release_0", "restart_0"} <= keys(at)
    assert ONLY not in texts(at)


@pytest.mark.usefixtures("many")
def test_processes_of_others_and_numbers_are_not_shown_to_a_visitor(monkeypatch: pytest.MonkeyPatch) -> None:

    def tables(at: AppTest) -> str:
        return " ".join(str(each.proto.body) for each in at.get("html"))

    pid = str(services.jobs().workers()[0].pid)
    assert pid not in texts(open_page("gpu")) + tables(open_page("gpu"))
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "true")
    assert str(services.jobs().workers()[0].pid) in texts(open_page("gpu"))


ACTS: dict[str, Callable[[], Any]] = {
    "release": lambda: Acts().do(Kind.RELEASE, services.jobs(), None, None),  # type: ignore[arg-type]
    "restart": lambda: Acts().do(Kind.RESTART, services.jobs(), None, None),  # type: ignore[arg-type]
    "end": lambda: Acts().end(services.jobs(), Leftover(os.getpid(), 0.0, "", 0)),
    "calibrate": calibrate._start,
    "stop calibrating": lambda: calibrate._cancel(services.calibration()),
    "test": self_test._start,
    "stop testing": lambda: self_test._cancel(services.selftest()),
    "download": lambda: weights._start(services.weights_tasks(), Task.DOWNLOAD),
    "verify": lambda: weights._start(services.weights_tasks(), Task.VERIFY),
    "stop a download": lambda: weights._cancel(services.weights_tasks()),
    "retention": lambda: Album(services.jobs()).keep_for(7),
}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("act", ACTS)
def test_an_act_itself_refuses_whoever_is_not_the_administrator(act: str) -> None:
    """A button that is not drawn is no protection; these are called as a forged message would."""
    with pytest.raises(NotAllowed) as refused:
        ACTS[act]()
    assert refused.value.reason == "administrator_only"


# Who is the administrator


@pytest.mark.parametrize(
    ("role", "single", "is_it"),
    [
        *((Role.ADMINISTRATOR, single, True) for single in ("auto", "true", "false")),
        *((Role.GUEST, single, False) for single in ("auto", "true", "false")),
        (None, "auto", True),
        (None, "true", True),
        (None, "false", False),
    ],
)
def test_the_administrator_has_shown_that_token_or_is_the_one_person(
    monkeypatch: pytest.MonkeyPatch, role: Role | None, single: str, is_it: bool
) -> None:
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", single)
    cookies = {cookie_name(admission_setup.port()): admission_setup.access().cookie(role)} if role else {}
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    assert visitor.is_administrator() == is_it


def test_a_guest_is_not_the_one_person_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    cookies = {cookie_name(admission_setup.port()): admission_setup.access().cookie(Role.GUEST)}
    assert visitor.is_single()
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    assert not visitor.is_single()


# Folders in errors


def test_an_error_names_no_folder_of_the_server_to_a_visitor(monkeypatch: pytest.MonkeyPatch, many: None) -> None:
    place = "/srv/someone's home/fusewise/weights"
    errors: list[FusionError] = [
        DownloadFailed(Reason.DOWNLOAD_FULL, folder=place),
        FusionError(
            Reason.LEDGER_UNUSABLE, path=f"{place}/fusewise.sqlite", why=f"unable to open {place}/fusewise.sqlite"
        ),
        OutputRejected(Reason.OUTPUT_UNWRITABLE, why=Phrase(PhraseCode.NO_FOLDER, {"path": f"{place}/results"})),
        SettingsInvalid(Reason.INPUT_MISSING, path="C:\\Users\\someone\\x.json", why="no"),
    ]
    for error in errors:
        told = " ".join(Words("zh").error(rights.discreet(error))) + str(rights.discreet(error).to_json())
        assert "someone" not in told
        assert type(rights.discreet(error)) is type(error)
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "true")
    assert place in rights.discreet(errors[0]).message
