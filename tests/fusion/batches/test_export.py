"""What results are called, and what is told of them in the table: safe names, and no formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from fusion.batches import export
from fusion.errors import BatchRejected, NoFace, Reason
from fusion.files import names
from fusion.jobs import JobView, Outcome
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.types import Progress, State
from tests.support.fixtures.facts import facts


def named(*jobs: tuple[str, str]) -> list[str]:
    return list(export.stems((str(number), *job) for number, job in enumerate(jobs)).values())


def failed(target: str) -> JobView:
    error = NoFace(Reason.NO_FACE, role="target")
    steps = (Step(Rung.TIER, "2048", "1024"),)
    return JobView(
        "1", Settings(), Progress(State.FAILED), error=error, target_name=target, source_name="me.jpg", steps=steps
    )


def test_results_are_called_after_the_photos_that_differ() -> None:
    assert named(("a.jpg", "me.jpg"), ("b.jpg", "me.jpg")) == ["a", "b"]
    assert named(("me.jpg", "a.jpg"), ("me.jpg", "b.jpg")) == ["a", "b"]
    assert named(("a.jpg", "b.jpg"), ("b.jpg", "a.jpg")) == ["a + b", "b + a"]
    assert named(("a.jpg", "me.jpg")) == ["a + me"]


def test_no_two_results_have_one_name_on_any_system() -> None:
    assert named(("a.jpg", "x"), ("A.png", "x"), ("a.webp", "x"), ("", "x")) == ["a", "A (2)", "a (3)", "3"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\me.jpg", "me"),
        (".hidden.png", "_hidden"),
        ("a:b*c?.jpg", "a_b_c_"),
        ("王 小明.jpg", "王 小明"),
        ("x" * 300 + ".jpg", "x" * 60),
        ("", "photo"),
        ("..", "_"),
    ],
)
def test_a_name_is_safe_as_the_name_of_a_file(name: str, expected: str) -> None:
    assert names.safe(name) == expected


def test_the_table_tells_what_went_wrong_and_computes_nothing() -> None:
    view = failed('=HYPERLINK("x").jpg')
    (row,) = csv.DictReader(io.StringIO(export.table([view], export.stems_of([view])).decode("utf-8-sig")))
    assert row["target"] == '\'=HYPERLINK("x").jpg'
    assert (row["state"], row["steps"], row["file"]) == ("failed", "tier: 2048 to 1024", "")
    assert row["error"].startswith("No face was found")


def test_without_a_result_there_is_nothing_to_pack(tmp_path: Path) -> None:
    with pytest.raises(BatchRejected):
        export.save_zip([failed("a.jpg")], tmp_path / "out.zip")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("verdict", "passed", "findings"),
    [
        (None, "not checked yet", ""),
        ({"passed": None, "findings": []}, "unknown", ""),
        ({"passed": True, "findings": []}, "True", ""),
        (
            {"passed": False, "findings": [{"cause": "mask_hard"}, {"cause": "face_soft"}]},
            "False",
            "mask_hard; face_soft",
        ),
    ],
)
def test_the_table_tells_what_the_check_found(verdict: dict[str, object] | None, passed: str, findings: str) -> None:
    made = Outcome(Path("output.png"), Path("before.png"), facts(), {})
    view = JobView(
        "1", Settings(), Progress(State.DONE), made, target_name="a.jpg", source_name="me.jpg", verdict=verdict
    )
    (row,) = csv.DictReader(io.StringIO(export.table([view], export.stems_of([view])).decode("utf-8-sig")))
    assert (row["passed"], row["findings"]) == (passed, findings)
