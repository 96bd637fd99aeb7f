"""The short check after every job: real jobs of a real worker, judged by the thread that a server has."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor.cli import commands as command
from advisor.diagnosis import Checker, Symptom, Verdict, case, kept
from advisor.diagnosis.checker import check_job
from fusion.errors import FusionError, Reason
from fusion.faces import FaceFinder
from fusion.files import private
from fusion.jobs import Jobs, JobView
from fusion.settings import Settings
from fusion.types import Foretold, State
from tests.support.waiting import until

SECONDS = 60.0


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as found:
        yield found


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory, sample_pair: tuple[bytes, bytes]) -> Iterator[Jobs]:
    """The sample pair, fused twice by a real worker: as it is, and at a ratio at which nothing is done."""
    data = tmp_path_factory.mktemp("checked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(data))
        queue = Jobs(data / "jobs")
        queue.start()
        for ratio in (0.7, 0.0):
            queue.submit(*sample_pair, Settings(ratio=ratio), foretold=Foretold(1.5))
        until(lambda: len(queue.unjudged(9)) == 2)
        yield queue
        queue.close()


@pytest.fixture(scope="module")
def done(queue: Jobs) -> tuple[JobView, JobView]:
    """The two, as they were when they had ended."""
    views = sorted(queue.unjudged(9), key=lambda view: view.number)
    return views[0], views[1]


@pytest.fixture
def unjudged(queue: Jobs, done: tuple[JobView, JobView]) -> tuple[JobView, JobView]:
    """The two, with no verdict on either."""
    with closing(sqlite3.connect(queue.ledger.path)) as file, file:
        file.execute("UPDATE jobs SET verdict = NULL")
    return done


@pytest.fixture
def checker(queue: Jobs, finder: FaceFinder) -> Iterator[Checker]:
    checking = Checker(queue, lambda: finder)
    yield checking
    checking.close()


def verdict_of(queue: Jobs, view: JobView) -> Verdict:
    found = kept(queue.view(view.id).verdict)
    assert found is not None
    return found


# The thread


def test_jobs_of_a_real_worker_are_judged_soon_after_they_end(
    queue: Jobs, unjudged: tuple[JobView, JobView], checker: Checker
) -> None:
    checker.start()
    until(lambda: not queue.unjudged())
    fused, nothing = (verdict_of(queue, view) for view in unjudged)
    assert (fused.passed, fused.changed, fused.error) == (True, True, None)
    assert fused.change is not None
    assert fused.change > 4
    assert fused.measures["target"]["face"]["width_px"] == pytest.approx(95, abs=3)
    assert nothing.changed is False
    assert {finding.symptom for finding in nothing.serious} == {Symptom.NO_FACE}
    assert checker.error is None


def test_a_job_whose_result_is_gone_is_told_to_be_unchecked_and_the_next_one_is_checked(
    queue: Jobs, unjudged: tuple[JobView, JobView], checker: Checker
) -> None:
    view = unjudged[1]  # the newest comes first
    assert view.outcome is not None
    aside = view.outcome.output.with_suffix(".aside")
    view.outcome.output.rename(aside)
    try:
        checker.start()
        until(lambda: not queue.unjudged())
    finally:
        aside.rename(view.outcome.output)
    error = verdict_of(queue, view).error
    assert error is not None
    assert error.reason == "result_gone"
    assert verdict_of(queue, unjudged[0]).passed


def test_a_job_whose_photos_are_gone_is_told_to_be_unchecked(
    queue: Jobs, unjudged: tuple[JobView, JobView], checker: Checker
) -> None:
    photo = queue.folder.parent / "photos" / unjudged[0].source_sha256
    data = photo.read_bytes()
    photo.unlink()
    try:
        checker.start()
        until(lambda: not queue.unjudged())
    finally:
        private.write(photo, data, 0o600)
    errors = [verdict_of(queue, view).error for view in unjudged]
    assert [error and error.reason for error in errors] == ["photos_gone"] * 2


@pytest.mark.usefixtures("unjudged")
def test_a_database_that_cannot_be_read_is_told_and_does_not_end_the_thread(
    queue: Jobs, finder: FaceFinder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("advisor.diagnosis.checker.TROUBLED_S", 0.05)
    checking = Checker(queue, lambda: finder)
    path, aside = queue.ledger.path, queue.ledger.path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()
    try:
        checking.start()
        until(lambda: checking.error is not None)
    finally:
        path.rmdir()
        aside.rename(path)
    try:
        until(lambda: not queue.unjudged() and checking.error is None)
    finally:
        checking.close()
    assert caplog.text.count("advisor check: its work failed") == 1


def test_a_face_finder_that_cannot_be_made_is_told_and_nothing_is_judged(
    queue: Jobs, unjudged: tuple[JobView, JobView], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FUSEWISE_FACE_LANDMARKER", str(tmp_path / "nothing.task"))
    checking = Checker(queue, FaceFinder)
    checking.start()
    until(lambda: checking.error is not None)
    checking.close()
    assert checking.error is not None
    assert checking.error.reason == "weights_missing"
    assert len(queue.unjudged(9)) == len(unjudged)


def test_closing_one_that_never_began_is_nothing(checker: Checker) -> None:
    checker.close()
    checker.close()


# Cases


def test_a_check_asks_between_its_steps_whether_it_may_go_on(
    done: tuple[JobView, JobView], queue: Jobs, finder: FaceFinder
) -> None:
    asked: list[int] = []
    check_job(done[0], queue.photos(done[0].id), finder, between=lambda: asked.append(1))
    assert len(asked) >= 8


def test_a_check_says_how_the_job_was_run(done: tuple[JobView, JobView], queue: Jobs, finder: FaceFinder) -> None:
    run = case.run_of(done[0])
    assert run.used is not None
    assert (run.settings.ratio, run.expected_s, run.error, str(run.engine)) == (0.7, 1.5, "", "landmark")
    assert run.seconds is not None
    assert check_job(done[0], queue.photos(done[0].id), finder).seconds < SECONDS


def test_a_large_result_measures_the_same_with_its_far_parts_left_out(
    done: tuple[JobView, JobView], queue: Jobs, finder: FaceFinder
) -> None:
    small = case.of_job(done[0], queue.photos(done[0].id))
    assert small.result is not None
    assert small.region is not None
    before, result = (np.pad(each, ((0, 1700), (0, 1700), (0, 0)), "edge") for each in (small.target, small.result))
    whole = case.Case(before, None, result, before)
    part = replace(whole, result=case._around(small.region, result))
    assert part.result is not None
    assert not np.array_equal(part.result, result)
    assert part.examined(finder).measures == whole.examined(finder).measures


def test_a_result_of_ours_says_itself_how_it_was_made(done: tuple[JobView, JobView]) -> None:
    assert done[0].outcome is not None
    run = case.run_in(done[0].outcome.output.read_bytes())
    assert run is not None
    assert run.settings == case.run_of(done[0]).used


# The command


def run(*arguments: object) -> int:
    return command.main(["diagnose", *map(str, arguments)])


def test_three_files_are_diagnosed(
    done: tuple[JobView, JobView], sample_files: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert done[0].outcome is not None
    target, source = sample_files
    assert run(done[0].outcome.output, "--target", target, "--source", source, "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert set(told) >= {"measures", "findings"}
    assert told["measures"]["result"]["is_aligned"]
    assert run(target, "--target", target, "--source", source, "--symptom", "no_face") == 0
    said = capfd.readouterr().out
    assert "the result equals the target" in said
    assert "->" in said
    assert "result: size 512x512" in said


def test_a_job_needs_no_files_and_what_is_slow_may_be_the_machine(
    done: tuple[JobView, JobView], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--job", done[1].id, "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert "ratio_low" in {finding["cause"] for finding in told["findings"]}
    assert "disk_full" not in told["looked_for"]
    assert run("--job", done[0].id, "--symptom", "slow", "--json") == 0
    assert "disk_full" in json.loads(capfd.readouterr().out)["looked_for"]


def test_a_file_beside_a_job_is_looked_at_in_the_place_of_its_result(
    done: tuple[JobView, JobView], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert done[0].outcome is not None
    path = tmp_path / "sent.jpg"
    with Image.open(done[0].outcome.output) as picture:
        picture.save(path, quality=8)
    assert run(path, "--job", done[0].id, "--json") == 0
    assert "result_compressed" in {each["cause"] for each in json.loads(capfd.readouterr().out)["findings"]}


def test_bad_input_is_one_line_and_ends_with_2(
    queue: Jobs, sample_files: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target, source = sample_files
    text = tmp_path / "notes.png"
    text.write_text("no picture")
    assert not queue.unjudged(0)
    for arguments in (
        (),
        (target,),
        (target, "--target", target),
        (tmp_path / "none.png", "--target", target, "--source", source),
        (text, "--target", target, "--source", source),
        (target, "--target", target, "--source", source, "--symptom", "ugly"),
        ("--job", "0" * 16),
    ):
        assert run(*arguments) == 2, arguments
        out, err = capfd.readouterr()
        assert (out, len(err.splitlines())) == ("", 1), arguments


def test_a_job_that_failed_can_be_diagnosed_by_what_ended_it(done: tuple[JobView, JobView]) -> None:
    failed = replace(
        done[0],
        outcome=None,
        error=FusionError(Reason.NO_FACE, role="target"),
        progress=replace(done[0].progress, state=State.FAILED),
    )
    run = case.run_of(failed)
    assert (run.error, run.used, run.seconds) == ("no_face", None, None)
