"""ModelScope's calls: photos and answers are as there, errors are errors, and its builder finds them."""

from __future__ import annotations

import doctest
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import fusewise.pipelines
from fusewise.pipelines import Answer, ImageFaceFusion, pipeline, register
from fusion import FusionError, NoFace, Photo, Settings, fuse, release
from fusion.errors import Reason, SettingsInvalid, WeightsMissing
from fusion.types import EngineName, Tier
from fusion.weights import catalog
from tests.support import ROOT
from tests.support.fake_weights import write_tiny

QUICK = Settings(engine=EngineName.LANDMARK, output=Tier.T512)
IDS = tuple(f"{owner}/{catalog.UNET.name}" for owner in catalog.UNET.owners)


@pytest.fixture(scope="module", autouse=True)
def _engine() -> Iterator[None]:
    yield
    release()


@pytest.fixture(scope="module")
def expected(sample_pair: tuple[bytes, bytes]) -> np.ndarray:
    """What comes of the sample pair, (H, W, 3) uint8 BGR."""
    return fuse(*sample_pair, QUICK).pixels[..., ::-1]


def test_both_ways_to_call_it_give_the_picture_in_bgr(sample_pair: tuple[bytes, bytes], expected: np.ndarray) -> None:
    template, user = sample_pair
    made = pipeline("image_face_fusion", settings=QUICK)
    for answer in (made(dict(template=template, user=user)), made(template, user)):
        assert list(answer) == ["output_img"]
        assert (answer["output_img"].dtype, answer["output_img"].flags.writeable) == (np.uint8, True)
        assert np.array_equal(answer["output_img"], expected)
    (listed,) = made([dict(template=template, user=user)])
    assert np.array_equal(listed["output_img"], expected)


def test_photos_are_taken_as_modelscope_takes_them(
    sample_files: tuple[Path, Path], target: Photo, source: Photo, expected: np.ndarray
) -> None:
    made = pipeline(settings=QUICK, consent=True)
    arrays = [np.ascontiguousarray(photo.pixels[..., ::-1]) for photo in (target, source)]
    images = [Image.fromarray(photo.pixels) for photo in (target, source)]
    paths = [str(file) for file in sample_files]
    for pair in (arrays, images, paths, sample_files):
        assert np.array_equal(made(*pair)["output_img"], expected)
    grey = cv2.cvtColor(arrays[0], cv2.COLOR_BGR2GRAY)
    assert made(grey, arrays[1])["output_img"].shape == (512, 512, 3)


def test_what_can_be_saved_with_its_origin_comes_along(sample_pair: tuple[bytes, bytes], tmp_path: Path) -> None:
    answer = pipeline(settings=QUICK)(*sample_pair)
    assert isinstance(answer, Answer)
    answer.fused.save(tmp_path / "out.png")
    assert (tmp_path / "out.png").is_file()


def test_without_settings_the_answer_is_as_large_as_the_template(
    source: Photo, sample_pair: tuple[bytes, bytes]
) -> None:
    answer = pipeline()(sample_pair[1], sample_pair[0])
    assert answer["output_img"].shape == source.pixels.shape
    assert answer.fused.settings.ratio == 1.0


def test_no_face_is_an_error_and_not_the_template(sample_pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(NoFace):
        pipeline(consent=True)(np.full((300, 300, 3), 90, np.uint8), sample_pair[1])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((b"a", b"b"), Reason.CONSENT_MISSING),
        (({"template": b"a"},), Reason.PHOTO_KIND),
        (({"template": b"a", "user": None},), Reason.PHOTO_KIND),
        (("https://example.org/a.jpg", b"b"), Reason.PHOTO_KIND),
        ((np.zeros((100, 100, 4), np.uint8), np.zeros((100, 100, 3), np.uint8)), Reason.CONSENT_MISSING),
    ],
)
def test_what_cannot_be_fused_is_refused(given: tuple[Any, ...], reason: Reason) -> None:
    with pytest.raises(FusionError) as caught:
        pipeline()(*given)
    assert caught.value.reason == reason


@pytest.mark.parametrize("model", IDS)
def test_who_names_the_model_is_given_no_other_engine(model: str, sample_pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(WeightsMissing):
        pipeline("image-face-fusion", model=model)(*sample_pair)


def test_a_folder_is_the_model_where_its_weights_are_found_there(
    sample_pair: tuple[bytes, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny(tmp_path / "model")
    with pytest.raises(SettingsInvalid, match="model"):
        pipeline(model=str(folder))
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(folder))
    for given in (folder, str(folder)):
        with pytest.raises(FusionError) as caught:
            pipeline(model=given)(*sample_pair)
        assert str(caught.value.reason).startswith("weights_"), "these are not the real ones, and no other engine is"


@pytest.mark.parametrize(
    "given", [{"task": "image-classification"}, {"model": "damo/another"}, {"model": 3}, {"device": "tpu"}]
)
def test_another_task_model_or_device_is_refused_with_what_there_is(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        pipeline(**given)
    assert str(next(iter(given))) in caught.value.message


def test_what_modelscopes_builder_hands_on_is_taken(sample_pair: tuple[bytes, bytes]) -> None:
    made = ImageFaceFusion(model=None, device="gpu", preprocessor=None, settings=QUICK)
    assert made(*sample_pair)["output_img"].shape == (512, 512, 3)
    with pytest.raises(SettingsInvalid):  # not as it is made: the builder would make another error of it
        ImageFaceFusion(model="damo/another")(*sample_pair)


def test_modelscopes_own_registry_has_it() -> None:
    registry = pytest.importorskip("modelscope.utils.registry").Registry("pipelines")
    register(registry)
    register(registry)
    assert registry.get("fusewise", "image-face-fusion") is ImageFaceFusion


BUILDER = """
class Registry:
    def register_module(self, group_key, module_name, module_cls, force):
        print("registered", group_key, module_name, module_cls.__name__)
PIPELINES = Registry()
"""


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("import fusewise.pipelines", "from modelscope.pipelines import builder"), True),
        (("from modelscope.pipelines import builder", "import fusewise.pipelines"), True),
        (("import fusewise.pipelines",), False),
        (("from modelscope.pipelines import builder", "import fusewise, fusion"), False),
    ],
)
def test_it_registers_whichever_is_imported_first_and_loads_neither_torch_nor_modelscope(
    tmp_path: Path, lines: tuple[str, ...], said: bool
) -> None:
    """Beside a package of the same name and place, whose registry says what it is given."""
    folder = tmp_path / "modelscope" / "pipelines"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "builder.py").write_text(BUILDER, encoding="utf-8")
    ours = [f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]", *lines]
    ours.append("print('torch' in sys.modules, 'modelscope' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", "\n".join(ours)], capture_output=True, text=True, check=True)
    registered = ["registered image-face-fusion fusewise ImageFaceFusion"] if said else []
    loaded = any("modelscope" in line for line in lines)
    assert done.stdout.splitlines() == [*registered, f"False {loaded}"]


def test_modelscope_itself_finds_it() -> None:
    script = textwrap.dedent(
        """
        import fusewise.pipelines
        from fusion.photos import samples
        from modelscope.pipelines import pipeline
        template, user = samples.sample_pair()
        made = pipeline("image-face-fusion", pipeline_name="fusewise")
        print(made(dict(template=template, user=user))["output_img"].shape)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "(512, 512, 3)"


def test_the_examples_are_right() -> None:
    done = doctest.testmod(fusewise.pipelines)
    assert (done.failed, done.attempted > 3) == (0, True)
