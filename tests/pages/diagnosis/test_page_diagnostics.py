"""The page of diagnosis, through streamlit_app.py, with the real worker and real results behind it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from advisor.quality import overlay
from fusion.jobs import Jobs
from fusion.marks import marks_in
from fusion.settings import Settings
from fusion.storage import Query
from fusion.types import Role, State
from pages.parts.server.visitor import COOKIE, LOCAL
from pages.parts.session.diagnosis_state import RESULT, DiagnosisDesk
from tests.support.app_driver import desk, keys, png, press, run, session, texts, until
from tests.support.queued import end

PAGE = "pages/machine/diagnostics.py"
NAMES = ("my-holiday.png", "grandmother.jpg")


def ended(queue: Jobs, photos: tuple[bytes, bytes], settings: Settings, owner: str = LOCAL) -> str:
    return end(queue, queue.submit(*photos, settings, names=NAMES, owner=owner)).id


@pytest.fixture(scope="module")
def faint(queue: Jobs, sample_pair: tuple[bytes, bytes]) -> str:
    """A fusion with so low a ratio that next to nothing changes."""
    return ended(queue, sample_pair, Settings(ratio=0.1))


@pytest.fixture(scope="module")
def faceless(queue: Jobs, sample_pair: tuple[bytes, bytes]) -> str:
    """One that failed: there is no face in its target."""
    return ended(queue, (png(np.full((200, 200, 3), 127, np.uint8)), sample_pair[1]), Settings())


def here(at: AppTest) -> DiagnosisDesk:
    found: DiagnosisDesk = at.session_state["diagnosis_desk"]
    return found


def opened(at: AppTest, id: str) -> AppTest:
    at.query_params["job"] = id
    return run(at)


def tried(at: AppTest) -> AppTest:
    """Once the remedy that is tried has come to its end."""
    return run(until(at, lambda at: not here(at).is_trying))  # it may have ended after the page was drawn


def give(at: AppTest, **files: bytes) -> AppTest:
    for part, data in files.items():
        at.file_uploader(key=f"given_{part}_{here(at).given[part].turn}").upload(f"{part}.png", data)
        run(at)
    return at


def with_files(at: AppTest) -> AppTest:
    run(at).segmented_control(key="diagnosis_way").set_value("files")
    return run(at)


# Before there is anything


def test_without_a_job_the_page_says_so_and_looks_at_the_machine_when_asked(app: AppTest, queue: Jobs) -> None:
    queue.purge()
    assert "Nothing has been fused yet" in texts(run(app))
    assert "The worker" not in texts(app)
    app.session_state["doctor_folded"] = True
    until(app, lambda at: "were looked for and not found" in texts(at))
    assert not app.error


def test_the_machine_stands_beside_a_job_only_where_speed_is_asked_after(app: AppTest, faint: str) -> None:
    opened(app, faint)
    assert "The worker" not in texts(app)
    app.pills(key="diagnosis_symptom").set_value("slow")
    assert "The worker" in texts(run(app))


# A job


def test_the_last_job_is_looked_at_and_its_findings_are_told_with_numbers(app: AppTest, faint: str) -> None:
    run(app)
    assert app.selectbox[0].value == faint
    said = texts(app)
    assert "Low ratio" in said
    assert "The ratio is 0.10" in said
    assert re.search(r"\d+\s%\ssure", said)
    assert "Measured: ratio 0.1" in said
    assert len(app.image) == 1
    assert "The face of the result. Along the border the picture jumps by" in app.image[0].proto.imgs[0].alt


def test_of_two_jobs_alike_the_one_is_looked_at_that_is_chosen(
    app: AppTest, queue: Jobs, faint: str, sample_pair: tuple[bytes, bytes]
) -> None:
    twin = ended(queue, sample_pair, Settings(ratio=0.1))
    box = run(app).selectbox[0]
    assert box.value == twin
    assert len(set(box.options)) == len(box.options)
    box.select(faint)
    assert run(app).selectbox[0].value == faint
    assert list(here(app).seen) == [(twin, "done", ended_at(queue, twin)), (faint, "done", ended_at(queue, faint))]
    queue.delete([twin])


def ended_at(queue: Jobs, id: str) -> str:
    return str(queue.view(id).ended)


def test_the_trouble_can_be_taken_off_the_picture(app: AppTest, faint: str) -> None:
    shown = [url(run(app))]
    app.segmented_control(key="diagnosis_shown").set_value("plain")
    shown.append(url(run(app)))
    assert shown[0] != shown[1]
    assert not [html for html in app.get("html") if "linear-gradient" in html.proto.body]


def test_the_picture_of_a_job_says_what_it_is_and_has_the_label_where_one_is_drawn(
    app: AppTest, queue: Jobs, faint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", "off")
    plain = url(opened(app, faint))
    pictures = next(reversed(here(app).seen.values())).pictures
    assert pictures is not None
    assert pictures.marked is not None
    for file in (pictures.plain, pictures.marked):
        assert marks_in(file).produce_id == faint
    monkeypatch.setenv("FUSEWISE_LABEL", "on")
    assert url(run(app)) != plain


def url(at: AppTest) -> str:
    found: str = at.image[0].proto.imgs[0].url
    return found


def test_what_was_examined_is_kept_and_every_symptom_is_read_from_it(app: AppTest, faint: str) -> None:
    run(app)
    (before,) = here(app).seen.values()
    app.pills(key="diagnosis_symptom").set_value("seam")
    said = texts(run(app))
    (after,) = here(app).seen.values()
    assert before is after
    assert not app.success, "green would say that all is well"
    assert "Nothing of this kind" in app.info[0].value
    assert "Of other symptoms there is: low ratio" in said
    assert re.search(r"Not found: .*heads turned apart", said)


def test_a_remedy_shows_its_change_first_then_runs_and_says_whether_it_helped(app: AppTest, faint: str) -> None:
    opened(app, faint)
    count = here(app).album.queue.count(Query())
    press(app, keys(app, "try_")[0])
    table = next(html.proto.body for html in app.get("html") if "Fusion ratio" in html.proto.body)
    assert re.findall(r"<td.*?>(.*?)</td>", table) == ["Fusion ratio", "0.10", "0.70"]
    assert here(app).album.queue.count(Query()) == count
    press(app, keys(app, "do_")[0])
    said = texts(tried(app))
    better = re.search(r"Better: change of the face, ΔE ([\d.]+) → ([\d.]+)\.$", app.success[0].value)
    assert better
    assert float(better[1]) < float(better[2])
    assert f"Before: change of the face, ΔE **{better[1]}**" in said
    assert len(app.image) == 3
    trial = here(app).trial
    assert trial is not None
    press(app, "trial_open")
    assert app.query_params["job"] == [trial.job] or app.query_params["job"] == trial.job
    assert "Low ratio" not in texts(app)


def test_a_remedy_can_be_left(app: AppTest, faint: str) -> None:
    opened(app, faint)
    press(app, keys(app, "try_")[0])
    press(app, keys(app, "leave_")[0])
    assert not keys(app, "do_")
    assert here(app).trial is None


def test_a_job_that_failed_says_what_the_run_tells_and_goes_to_the_fuse_page_for_another_photo(
    app: AppTest, faceless: str
) -> None:
    opened(app, faceless)
    assert "No face was found in the target photo." in app.error[0].value
    assert "There is no picture to measure" in texts(app)
    assert "No face" in texts(app)
    press(app, keys(app, "act_")[0])
    assert app.title[0].value == "Fuse two faces"
    assert desk(app).slots[Role.TARGET].view is None
    assert desk(app).slots[Role.SOURCE].name == NAMES[1]


def test_a_job_that_was_stopped_is_not_called_well_and_is_run_again(
    app: AppTest, queue: Jobs, sample_pair: tuple[bytes, bytes]
) -> None:
    id = queue.submit(*sample_pair, Settings(), owner=LOCAL)
    queue.cancel(id)
    until(app, lambda at: queue.view(id).progress.state == State.CANCELLED)
    opened(app, id)
    assert "The job was cancelled." in app.info[0].value
    assert "the message on the left says why" in texts(app)
    assert not app.success
    press(app, "do_0")
    tried(app)
    assert "compare the two pictures" in app.info[0].value
    assert len(app.image) == 1


def test_without_its_photos_a_job_still_says_what_its_run_tells(app: AppTest, queue: Jobs) -> None:
    photos = tuple(png(np.full((90, 90, 3), level, np.uint8)) for level in (40, 80))
    id = ended(queue, (photos[0], photos[1]), Settings(ratio=0.1))
    view = queue.view(id)
    (queue.folder.parent / "photos" / view.target_sha256).unlink()
    opened(app, id)
    assert "no longer there" in "".join(error.value for error in app.error)
    assert "Low ratio" in texts(app)
    queue.delete([id])


def test_nobody_sees_anothers_job(app: AppTest, faint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    monkeypatch.setattr(type(st.context), "cookies", {COOKIE: "a" * 32})
    opened(app, faint)
    assert "There is no job" in app.error[0].value
    assert not app.image
    assert "Low ratio" not in texts(app)


def test_the_report_names_neither_photos_nor_folders(app: AppTest, queue: Jobs, faint: str) -> None:
    opened(app, faint)
    until(app, lambda at: "cores," in at.code[0].value)
    report = app.code[0].value
    assert "**ratio_low**" in report
    assert '"ratio": 0.1' in report
    assert re.search(r"torch \d", report)
    for private in (*NAMES, str(queue.folder.parent), Path.home().name, faint):
        assert private not in report
    assert not re.search(r"(^|[\s\"])/\w", report)


def test_the_page_speaks_chinese(queue: Jobs, faint: str) -> None:
    at = session()
    at.context = {"locale": "zh-CN"}
    at.query_params["job"] = faint
    run(at).switch_page(PAGE)
    said = texts(opened(at, faint))
    assert at.title[0].value == "哪里出了问题？"
    assert "融合比例为 0.10" in said
    assert "把握" in said
    assert not re.search(r"ratio|sure|Raise|Measured|fault", said)


# Pictures of any tool


def test_pictures_of_any_tool_are_looked_at_and_their_photos_are_fused_here(
    app: AppTest, sample_pair: tuple[bytes, bytes]
) -> None:
    """The result is the target itself: the tool has done nothing, and said nothing."""
    with_files(app)
    assert "Choose the target photo and the result" in texts(app)
    give(app, target=sample_pair[0], result=sample_pair[0])
    assert "Nothing changed" in texts(app)
    assert "Give the source photo too" in texts(app)
    assert app.button(key="do_0").disabled
    give(app, source=sample_pair[1])
    assert "Confirm the consent" in texts(app)
    app.checkbox(key="diagnosis_consent").check()
    press(run(app), "do_0")
    tried(app)
    assert app.success[0].value.startswith("Better: change of the face")


def test_a_picture_that_is_none_is_refused_and_the_others_stay(app: AppTest, sample_pair: tuple[bytes, bytes]) -> None:
    give(with_files(app), target=sample_pair[0], result=b"no picture at all")
    assert "This is not a photo that can be read." in app.error[0].value
    assert here(app).given[Role.TARGET].data
    assert not here(app).given[RESULT].data


# The machine


def test_the_colours_of_the_legend_are_those_of_the_picture(app: AppTest, faint: str) -> None:
    opened(app, faint)
    (legend,) = [html.proto.body for html in app.get("html") if "linear-gradient" in html.proto.body]
    for colour in (overlay.colours(np.array([0.0, overlay.WORST_JUMP])).tolist(), [list(overlay.SOFT_COLOUR)]):
        for each in colour:
            assert f"rgb({', '.join(map(str, each))})" in legend
