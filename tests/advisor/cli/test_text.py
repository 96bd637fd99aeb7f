"""A job in words: times, names, settings, and what sets two of them apart. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fusion.face_setting import FaceChoice
from fusion.jobs import JobView
from fusion.jobs.view import Outcome
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.types import Mode, Progress, Size, Stage, State, Tier
from pages.parts.i18n import Words, job_text
from tests.support.fixtures.facts import facts

EN, ZH = Words("en"), Words("zh")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
HOUR = 3600.0


def job(settings: Settings | None = None, state: State = State.QUEUED, progress: Progress | None = None) -> JobView:
    return JobView("0" * 16, settings or Settings(), progress or Progress(state))


def done(settings: Settings, size: Size, seconds: float = 1.0) -> JobView:
    made = Outcome(Path("output.png"), Path("before.png"), facts(size=size, seconds=seconds), {})
    return replace(job(settings, State.DONE), outcome=made)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOON - HOUR, "today 11:00"),
        (NOON - 13 * HOUR, "yesterday 23:00"),
        (NOON - 50 * HOUR, "2026-11-20 10:00"),
    ],
)
def test_a_time_is_told_in_the_zone_of_the_browser(at: float, said: str) -> None:
    assert job_text.when(EN, at, "Europe/Berlin", NOON) == said


def test_midnight_is_where_the_browser_is() -> None:
    assert job_text.when(EN, NOON - 13 * HOUR, "Asia/Shanghai", NOON).startswith("today")


@pytest.mark.parametrize("zone", [None, "", "Nowhere/At all", "../../etc/passwd", "/etc"])
def test_a_zone_that_is_none_is_this_machines(zone: str | None) -> None:
    assert job_text.when(EN, NOON, zone, NOON).startswith("today")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("me.png", "me.png"),
        ("C:\\photos\\me.png", "me.png"),
        ("../../me.png", "me.png"),
        ("a\nb\x00c.png", "abc.png"),
        ("x" * 80 + ".jpeg", "x" * 27 + "…" + "x" * 7 + ".jpeg"),
    ],
)
def test_of_a_files_name_little_is_kept(name: str, kept: str) -> None:
    assert job_text.short(name) == kept


def test_a_name_means_nothing_to_markdown() -> None:
    assert job_text.plain("[a](http://x) :red[b] $c$.png") == r"\[a\]\(http\://x\) \:red\[b\] \$c\$.png"


def test_a_job_that_waits_says_how_many_come_first() -> None:
    assert "2 jobs before" in job_text.how_far(EN, job(), is_starting=False, ahead=2)
    assert job_text.how_far(EN, job(), is_starting=True, ahead=0) == EN("stage.warming")


def test_a_job_that_runs_says_its_stage_and_the_seconds_left() -> None:
    running = job(progress=Progress(State.RUNNING, Stage.FUSE, 0.5, 7.0))
    assert job_text.how_far(EN, running, is_starting=False, ahead=0) == "Fusing · 50 % · about 7 s left"


def test_what_was_given_up_is_told_in_the_readers_language() -> None:
    step = Step(Rung.TIER, "2048", "1024")
    assert "1024 instead of 2048" in job_text.step(EN, step)
    assert "由 2048 改为 1024" in job_text.step(ZH, step)


def test_a_job_without_a_result_says_the_size_that_was_asked_for() -> None:
    assert job_text.made(EN, job(Settings(output=Size(640, 480)))) == "640×480 · Automatic"
    assert job_text.made(EN, job(Settings(output=Tier.ORIGINAL))) == "Original size · Automatic"
    assert job_text.made(EN, done(Settings(), Size(640, 480))) == "640×480 · Landmark · 1.0 s"


def test_every_setting_has_a_name_and_a_value_in_both_languages() -> None:
    chosen = Settings(brightness=0.1, source_photo=1, faces=FaceChoice(target=2))
    for say in (EN, ZH):
        assert len(job_text.settings(say, chosen)) == len(fields(Settings))
    rows = dict(job_text.settings(EN, chosen))
    assert (rows["Photo of the source"], rows["Glasses"], rows["Fill"]) == ("number 2", "Automatic", "Automatic")
    assert (rows["Brightness"], rows["Faces"], rows["Sharpening"]) == ("+0.10", "number 3 · largest", "Automatic")


def test_what_sets_two_results_apart_is_listed_and_nothing_else() -> None:
    one = replace(done(Settings(), Size(512, 512)), target_sha256="a", target_name="me.png")
    other = replace(done(Settings(mode=Mode.BLEND), Size(512, 512), 2.0), target_sha256="b")
    assert job_text.differences(EN, one, other) == [
        ("Target photo", "me.png", "another photo"),
        ("Fusion mode", "Normal", "Blend"),
        ("Time", "1.0 s", "2.0 s"),
    ]
    assert job_text.differences(EN, one, one) == []
