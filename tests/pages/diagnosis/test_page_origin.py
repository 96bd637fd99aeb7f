"""Where a picture comes from, on the page of diagnosis: one file in, and in words what it says and what holds of it."""

from __future__ import annotations

from dataclasses import fields

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.verify import pictures
from fusion.jobs import Jobs
from fusion.labels import Label
from fusion.photos import Format
from fusion.settings import Settings
from pages.parts.session.diagnosis_state import DiagnosisDesk
from pages.parts.session.previews import as_file, view_result
from tests.support.app_driver import run, texts
from tests.support.fixtures.marked import picture
from tests.support.pages.history import ended

WAY = "diagnosis_way"


@pytest.fixture
def origin(app: AppTest) -> AppTest:
    """The page, at the third of its ways."""
    run(app).segmented_control(key=WAY).set_value("origin")
    return run(app)


def here(at: AppTest) -> DiagnosisDesk:
    found: DiagnosisDesk = at.session_state["diagnosis_desk"]
    return found


def drop(at: AppTest, file: bytes, name: str = "holiday.png") -> AppTest:
    at.file_uploader(key=f"origin_{here(at).origin.turn}").upload(name, file)
    return run(at)


def test_before_a_file_is_given_it_is_said_what_is_looked_for(origin: AppTest) -> None:
    assert "The label that China asks for (GB 45438)" in texts(origin)
    assert "not kept" in texts(origin)
    assert not origin.pills, "no symptom is asked for"


@pytest.mark.parametrize(
    ("file", "verdict", "also"),
    [
        (pictures.ours("png"), "The file says where it is from; nothing proves it", "The label fits the picture"),
        (pictures.signed("jpeg"), "The signature holds", "Signed by"),
        (pictures.with_xmp_of(pictures.ours("png"), "png", 1), "Something in it does not hold", "does not fit"),
        (picture("JPEG"), "Nothing was found", "no proof that no AI was at work"),
    ],
    ids=["ours", "signed", "forged", "plain"],
)
def test_a_file_is_told_as_one_verdict_what_stands_behind_it_and_what_to_do(
    origin: AppTest, file: bytes, verdict: str, also: str
) -> None:
    drop(origin, file)
    assert not origin.error
    said = texts(origin)
    assert verdict in said
    assert also in said
    assert "holiday.png" in said
    kept = [getattr(here(origin).origin, each.name) for each in fields(here(origin).origin)]
    assert not [value for value in kept if isinstance(value, bytes)]


def test_the_same_is_said_in_chinese(origin: AppTest) -> None:
    drop(origin, pictures.ours("png"))
    run(origin).segmented_control(key="lang").set_value("zh")
    said = texts(run(origin))
    assert "文件说明了来源，但无从证实" in said
    assert "用 AI 生成" in said
    assert "Nobody has signed" not in said


def test_a_picture_of_this_history_leads_to_its_job(
    queue: Jobs, origin: AppTest, sample_pair: tuple[bytes, bytes]
) -> None:
    view = queue.view(ended(queue, Settings(), target=sample_pair[0], source=sample_pair[1]))
    assert view.outcome is not None
    drop(origin, as_file(view_result(view.id, view.settings, view.outcome), Format.WEBP, Label.EN))
    assert "The history of this machine has a job" in texts(origin)
    (link,) = [each.proto for each in origin.get("page_link") if "history" in each.proto.label]
    assert f"job={view.id}" in link.query_string


def test_what_a_stranger_wrote_into_a_file_is_text_and_nothing_else(origin: AppTest) -> None:
    drop(origin, picture("JPEG", Software="Midjourney ![x](http://example.org/x.png)"))
    assert "![x]" not in texts(origin)


def test_what_is_no_picture_is_refused_with_a_remedy_and_another_can_be_given(origin: AppTest) -> None:
    drop(origin, b"%PDF-1.7 nothing to see", "paper.png")
    assert origin.error
    drop(origin, picture("PNG"))
    assert not origin.error
    assert "Nothing was found" in texts(origin)
