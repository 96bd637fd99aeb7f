"""The table of speed: each row has a script that fills it, and the slope is that of the lines."""

from __future__ import annotations

from benchmarks.all import __main__ as table
from benchmarks.figures.face_width import face_width, slope
from benchmarks.shared.common import ROOT


def test_each_row_is_filled_by_a_script_that_is_there() -> None:
    for script in table.SCRIPTS.values():
        path = ROOT / "benchmarks" / script.words[0]
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        assert script.rows


def test_a_row_takes_the_newest_line_that_is_its_own() -> None:
    rows = table.table(["landmark", "advice"], since="")
    assert not [row for row in rows if "not measured" in row]
    assert all("not measured" in row for row in table.table(["landmark"], since="9999")[2:])


def test_a_miss_is_told() -> None:
    row = table.Row("work", "landmark", lambda line: None, aim=1.0)
    assert table._told(row, (1.5, None, 9)).endswith("| 1.5 s | 9 |  | 1 s | MISS |")
    assert table._told(row, (0.5, None, 9)).endswith("| pass |")
    peer = table.Row("work", "landmark", lambda line: None, aim=None)
    assert table._told(peer, (0.5, 0.4, 9)).endswith("| MISS |"), "the peer was faster"


def test_the_slope_is_the_cost_of_a_pixel() -> None:
    rest, per_px = slope([100.0, 200.0, 400.0], [0.2 + 3e-8 * width**2 for width in (100.0, 200.0, 400.0)])
    assert (round(rest, 6), round(per_px * 1e9, 3)) == (0.2, 30.0)
    assert "ns a pixel of the face" in face_width()
