"""What a page keeps of photos and results: small pictures, and where the face is."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.compared.views import PATCH_SIDE, VIEW_SIDE
from fusion.errors import OutputRejected
from fusion.face_setting import LARGEST
from fusion.jobs import Outcome
from fusion.notices import Notice
from fusion.photos import Format, encode, opaque_part
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Box, Role, Size
from pages.parts.session.previews import PhotoView, ResultView, as_file, no_face, view_result
from tests.support.fixtures.facts import facts

MEMORY = """
    import sys
    from pathlib import Path
    import numpy as np
    from fusion.files import private
    from fusion.jobs import Outcome
    from fusion.photos import Format, pieces
    from fusion.settings import Settings
    from fusion.sizing import Rect
    from tests.support.fixtures.facts import facts
    from pages.parts.session.previews import view_result

    def resident(kind):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(kind))

    def view(side):
        output, before = Path(sys.argv[1], "output.png"), Path(sys.argv[1], "before.png")
        frame = np.full((side, side, 3), 90, np.uint8)
        private.write(before, pieces(frame, Format.PNG))
        middle = slice(side // 8, side - side // 8)
        frame[middle, middle] = 200
        private.write(output, pieces(frame, Format.PNG))
        del frame
        Path("/proc/self/clear_refs").write_text("5")
        began = resident("VmRSS:")
        region = Rect(side // 10, side // 10, 8 * side // 10, 8 * side // 10)
        seen = view_result("job", Settings(), Outcome(output, before, facts(region=region), {}))
        assert seen.face == (0.125, 0.125, 0.75, 0.75), seen.face
        return resident("VmHWM:") - began

    view(256)
    print(view(4096) / (4096 * 4096 * 3))
"""


def opened(url: str) -> Image.Image:
    kind, _, data = url.partition(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def around(changed: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of where a face may have changed a picture: a little more than where it has."""
    left, top = max(0, int(changed.left) - 30), max(0, int(changed.top) - 20)
    return left, top, min(width, int(changed.right) + 10) - left, min(height, int(changed.bottom) + 40) - top


def result(folder: Path, width: int, height: int, changed: Box | None) -> ResultView:
    before = np.full((height, width, 3), 90, np.uint8)
    after = before.copy()
    if changed:
        after[int(changed.top) : int(changed.bottom), int(changed.left) : int(changed.right)] = 200
    for name, pixels in (("before", before), ("output", after)):
        Image.fromarray(pixels).save(folder / f"{name}.png", compress_level=1)
    room = around(changed, width, height) if changed else (0, 0, 0, 0)
    told = facts(notices=(Notice("rotated", {"role": "target"}),), region=Rect(*room))
    recipe = {"fusewise": "0.1.0", "notice": "Made with AI"}
    outcome = Outcome(folder / "output.png", folder / "before.png", told, recipe)
    return view_result("job", Settings(), outcome)


def test_a_small_result_is_shown_whole_at_its_own_size(tmp_path: Path) -> None:
    view = result(tmp_path, 400, 300, Box(100, 60, 200, 180))
    assert view.size == Size(400, 300)
    assert opened(view.after).size == opened(view.before).size == (400, 300)
    assert view.face == pytest.approx((0.25, 0.2, 0.25, 0.4))
    assert view.patch is None
    assert view.notices == (Notice("rotated", {"role": "target"}),)


def test_a_large_result_is_shown_small_with_its_face_at_full_size(tmp_path: Path) -> None:
    view = result(tmp_path, 3000, 2000, Box(900, 500, 1500, 1300))
    assert opened(view.after).size == (VIEW_SIDE, round(VIEW_SIDE * 2 / 3))
    assert view.patch is not None
    assert view.patch.box == pytest.approx((0.3, 0.25, 0.2, 0.4))
    assert opened(view.patch.before).size == opened(view.patch.after).size == (600, 800)


def test_a_face_larger_than_the_patch_is_cut_to_its_middle(tmp_path: Path) -> None:
    view = result(tmp_path, 4000, 2600, Box(500, 20, 3500, 2580))
    assert view.patch is not None
    assert opened(view.patch.after).size == (PATCH_SIDE, PATCH_SIDE)
    left, _, width, _ = view.patch.box
    assert left + width / 2 == pytest.approx(0.5, abs=0.001)


def test_a_result_like_its_target_has_no_face_to_show(tmp_path: Path) -> None:
    view = result(tmp_path, 2000, 1000, None)
    assert view.face is None
    assert view.patch is None


@pytest.mark.parametrize("format", list(Format))
def test_a_download_has_every_pixel_and_says_that_it_is_made_with_ai(tmp_path: Path, format: Format) -> None:
    data = as_file(result(tmp_path, 400, 300, Box(0, 0, 50, 50)), format)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == str(format).upper()
        assert picture.size == (400, 300)
    if format != Format.PNG:  # the PNG is the worker's own file, which is tested there
        assert b"Made with AI" in data


def test_what_is_transparent_is_shown_on_checks_and_downloaded_as_it_is(tmp_path: Path) -> None:
    result(tmp_path, 400, 300, Box(150, 60, 250, 180))
    part = Rect(100, 0, 200, 300)
    for file in tmp_path.glob("*.png"):
        with Image.open(file) as picture:
            pixels = np.asarray(picture)
        file.write_bytes(encode(pixels, Format.PNG, opaque=part))
    files = tmp_path / "output.png", tmp_path / "before.png"
    view = view_result("job", Settings(), Outcome(*files, facts(region=Rect(120, 30, 160, 200)), {"fusewise": "1"}))
    assert view.is_transparent
    assert view.face == pytest.approx((0.375, 0.2, 0.25, 0.4))
    ground = np.asarray(opened(view.after))[:, :90]
    assert ground.min() < 215 < 240 < ground.max()
    with Image.open(io.BytesIO(as_file(view, Format.WEBP))) as picture:
        assert opaque_part(np.asarray(picture)[..., 3]) == part
    with pytest.raises(OutputRejected):
        as_file(view, Format.JPEG)


@pytest.mark.parametrize(
    ("turned", "reason"), [((), "no_face"), ((Box(0, 0, 50, 50),), "face_turned")], ids=["none", "turned"]
)
def test_a_photo_that_cannot_be_used_says_why(turned: tuple[Box, ...], reason: str) -> None:
    view = PhotoView(sha256="", size=Size(100, 100), notices=(), faces=(), turned=turned, url="")
    error = no_face(view, LARGEST, Role.SOURCE)
    assert error is not None
    assert error.reason == reason


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_comparing_large_pictures_holds_three_frames_at_most(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEMORY), str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 3.3
