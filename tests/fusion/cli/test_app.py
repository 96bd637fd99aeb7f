"""The command line: real runs, the object that `--json` promises, and one line for every refusal."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.cli.commands import main
from fusion.cli.options import gather
from fusion.errors import SettingsInvalid
from fusion.face_setting import FaceChoice
from fusion.photos import samples
from fusion.settings import Preset, Settings
from fusion.types import Box, Fit, Mode, Size, Tier
from fusion.worker import run_job
from tests.support import ROOT
from tests.support.command import fusion as run
from tests.support.fixtures.photos import admiral, astronaut

Files = tuple[Path, Path]


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The sample pair, fused once, with the facts printed."""
    out = tmp_path_factory.mktemp("cli") / "fused.png"
    done = run("--sample", "-o", out, "--output", "256x320", "--fit", "crop", "--brightness", "-0.1", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return out, json.loads(done.stdout)


def test_the_sample_pair_is_fused(sample_run: tuple[Path, dict[str, Any]]) -> None:
    out, facts = sample_run
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.size == (facts["width"], facts["height"]) == (256, 320)


def test_json_is_one_object_of_a_fixed_form(sample_run: tuple[Path, dict[str, Any]]) -> None:
    out, facts = sample_run
    kinds = {
        "output": str,
        "width": int,
        "height": int,
        "engine": str,
        "device": str,
        "seconds": float,
        "peak_bytes": int,
        "stages": list,
        "faces": dict,
        "region": list,
        "steps": list,
        "settings": dict,
        "notices": list,
    }
    assert {name: type(value) for name, value in facts.items()} == kinds
    assert facts["output"] == str(out)
    assert facts["engine"] == "landmark"
    assert facts["peak_bytes"] > 0
    assert len(facts["region"]) == 4
    assert all(set(stage) == {"stage", "seconds"} for stage in facts["stages"])
    assert [facts["stages"][0]["stage"], facts["stages"][-1]["stage"]] == ["read", "write"]
    assert set(facts["faces"]) == {"target", "source"}
    for face in facts["faces"].values():
        assert len(face["box"]) == 4
        assert {"width_px", "inter_eye_px", "yaw", "pitch", "roll", "score"} <= set(face)
    assert all(set(notice) == {"code", "details", "text"} for notice in facts["notices"])
    used = Settings.from_json(facts["settings"])
    assert (used.output, used.fit, used.brightness) == (Size(256, 320), Fit.CROP, -0.1)


def test_two_photos_are_fused_and_told_of_in_words(
    sample_files: Files, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fused.jpg"
    assert main([*map(str, sample_files), "-o", str(out), "--output", "512"]) == 0
    told = capfd.readouterr()
    assert "fused.jpg  512×512  landmark on" in told.out
    assert told.err == ""
    with Image.open(out) as image:
        assert image.format == "JPEG"


def test_a_tier_comes_out_in_the_shape_asked_for(
    sample_files: Files, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fused.png"
    asked = ["--output", "512", "--aspect", "9:16", "--fit", "crop"]
    assert main([*map(str, sample_files), "-o", str(out), *asked, "--json"]) == 0
    facts = json.loads(capfd.readouterr().out)
    assert (facts["width"], facts["height"], facts["settings"]["aspect"]) == (384, 683, "9:16")
    with Image.open(out) as image:
        assert image.size == (384, 683)


def test_a_face_that_is_not_there_is_one_line(tmp_path: Path, sample_files: Files) -> None:
    Image.new("RGB", (300, 300), (90, 120, 90)).save(tmp_path / "meadow.png")
    out = tmp_path / "out.png"
    done = run(tmp_path / "meadow.png", sample_files[1], "-o", out)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("fusewise: No face was found in the target photo.")
    assert done.stderr.count("\n") == 1
    assert not out.exists()


SAMPLE = ["--sample", "-o", "{folder}/x.png"]
REFUSED: dict[str, tuple[list[str], str]] = {
    "nothing": ([], "-o"),
    "no place for the result": (["--sample"], "-o"),
    "one photo": (["{target}", "-o", "{folder}/x.png"], "SOURCE"),
    "three photos": (["{target}", "{source}", "{source}", "-o", "{folder}/x.png"], "extra"),
    "photos and the sample": (["{target}", *SAMPLE], "not both"),
    "a missing photo": (["{folder}/none.png", "{source}", "-o", "{folder}/x.png"], "none.png"),
    "a folder for a photo": (["{folder}", "{source}", "-o", "{folder}/x.png"], "could not be read"),
    "a text for a photo": (["{folder}/words.txt", "{source}", "-o", "{folder}/x.png"], "not a photo"),
    "an empty photo": (["{target}", "{folder}/empty.png", "-o", "{folder}/x.png"], "empty"),
    "half a photo": (["{folder}/half.png", "{source}", "-o", "{folder}/x.png"], "damaged"),
    "an unknown option": ([*SAMPLE, "--smooth", "1"], "--smooth"),
    "an unknown engine": ([*SAMPLE, "--engine", "magic"], "magic"),
    "an unknown preset": ([*SAMPLE, "--preset", "party"], "party"),
    "words for a number": ([*SAMPLE, "--ratio", "half"], "--ratio"),
    "too much": ([*SAMPLE, "--ratio", "1.5"], "ratio is 1.5"),
    "too little": ([*SAMPLE, "--brightness", "-0.6"], "brightness is -0.6"),
    "no number": ([*SAMPLE, "--contrast", "nan"], "contrast is nan"),
    "an unknown tier": ([*SAMPLE, "--output", "3000"], "output is 3000"),
    "an unknown shape": ([*SAMPLE, "--aspect", "5:4"], "5:4"),
    "too small a size": ([*SAMPLE, "--output", "32x32"], "[32, 32]"),
    "sharpen by a word": ([*SAMPLE, "--sharpen", "more"], "sharpen is more"),
    "a face by a word": ([*SAMPLE, "--source-face", "left"], "faces.source is left"),
    "an option without its value": ([*SAMPLE, "--ratio"], "--ratio"),
    "a format not written": (["--sample", "-o", "{folder}/x.gif"], ".gif is not a format"),
    "no format": (["--sample", "-o", "{folder}/x"], "is not a format"),
    "no such folder": (["--sample", "-o", "{folder}/none/x.png"], "there is no folder"),
    "a folder for the result": (["--sample", "-o", "{folder}/folder.png"], "is a folder"),
    "a missing recipe": ([*SAMPLE, "--recipe", "{folder}/none.json"], "none.json"),
    "a recipe that is no JSON": ([*SAMPLE, "--recipe", "{folder}/words.txt"], "not valid JSON"),
    "a recipe with an unknown key": ([*SAMPLE, "--recipe", "{folder}/unknown.json"], "colour"),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, sample_files: Files) -> dict[str, Path]:
    """A folder full of traps."""
    folder = tmp_path_factory.mktemp("traps")
    (folder / "words.txt").write_text("words, words, words")
    (folder / "empty.png").touch()
    (folder / "half.png").write_bytes(sample_files[0].read_bytes()[:20_000])
    (folder / "folder.png").mkdir()
    (folder / "unknown.json").write_text('{"colour": 1}')
    return {"folder": folder, "target": sample_files[0], "source": sample_files[1]}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_line_with_code_2(
    case: str, places: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    arguments, expected = REFUSED[case]
    assert main([argument.format(**places) for argument in arguments]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.startswith("fusewise: ")
    assert told.err.count("\n") == 1
    assert expected in told.err
    assert not (places["folder"] / "x.png").exists()


def test_a_photo_over_the_limit_is_refused(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "0.01")
    assert main([*SAMPLE[:2], str(places["folder"] / "x.png")]) == 2
    assert "FUSEWISE_MAX_UPLOAD_MB" in capfd.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    assert main(["--sample", "-o", str(tmp_path / "x.png")]) == 2
    assert "cannot be written" in capfd.readouterr().err


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("fusion.worker.run_job.run", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["--sample", "-o", str(tmp_path / "x.png")])


def test_no_memory_is_one_line_and_no_fault_of_the_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("fusion.worker.run_job.run", full)
    assert main(["--sample", "-o", str(tmp_path / "x.png")]) == 1
    assert capfd.readouterr().err.startswith("fusewise: There was not enough memory on this computer.")


def test_each_rung_down_the_ladder_is_told_and_the_picture_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole, tries = run_job.run, []

    def tight(*given: Any, **named: Any) -> run_job.Report:
        made = whole(*given, **named)
        tries.append(made)
        if len(tries) == 1:
            (tmp_path / "x.png").unlink()  # memory runs out before there is a file
            raise RuntimeError("CUDA error: out of memory")
        return made

    monkeypatch.setattr("fusion.worker.run_job.run", tight)
    words = ["--sample", "--engine", "landmark", "--output", "1024", "--json", "-o", str(tmp_path / "x.png")]
    assert main(words) == 0
    told = capfd.readouterr()
    assert "note: Memory ran out: the output is 512 instead of 1024." in told.err
    facts = json.loads(told.out)
    assert facts["steps"] == [{"rung": "tier", "before": "1024", "after": "512"}]
    assert facts["width"] == 512


def test_help_names_every_setting(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capfd.readouterr().out
    for option in ("--ratio", "--preset", "--recipe", "--aspect", "--two-stage", "--precision", "--sample", "--json"):
        assert option in told


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def written(data: dict[str, Any]) -> Path:
        path = tmp_path / "recipe.json"
        path.write_text(json.dumps(data))
        return path

    return written


Recipe = Callable[[dict[str, Any]], Path]


def test_the_preset_comes_first_then_the_recipe_then_the_flags(recipe: Recipe) -> None:
    path = recipe({"ratio": 0.2, "skin_smoothing": 0.1})
    settings = gather(Preset.ART, path, {"skin_smoothing": 0.9, "ratio": None}, {})
    assert settings == Settings(mode=Mode.BLEND, output=Tier.T1024, saturation=0.2, ratio=0.2, skin_smoothing=0.9)


def test_a_whole_recipe_leaves_nothing_to_the_preset(recipe: Recipe) -> None:
    assert gather(Preset.ART, recipe({"settings": Settings().to_json()}), {}, {}) == Settings()


def test_the_alias_in_a_recipe_wins_over_the_preset_and_loses_to_a_flag(recipe: Recipe) -> None:
    path = recipe({"output_resolution": [1024, 1792]})
    merged = gather(Preset.SOCIAL, path, {}, {})
    assert (merged.output, merged.fit) == (Size(1024, 1792), Fit.PAD)
    assert gather(None, path, {"output": [512, 640]}, {}).output == Size(512, 640)


def test_one_chosen_face_leaves_the_other_as_it_was(recipe: Recipe) -> None:
    path = recipe({"faces": {"target": 3, "source": 1}})
    assert gather(None, path, {}, {"source": 2}).faces == FaceChoice(3, 2)


def test_a_face_may_be_given_by_its_box(recipe: Recipe) -> None:
    box = Box(10, 20.5, 110, 140)
    for text in ("10,20.5,110,140", "[10, 20.5, 110, 140]"):
        assert gather(None, None, {}, {"target": text}).faces.target == box
    assert gather(None, recipe({"faces": {"target": {"box": [10, 20.5, 110, 140]}}}), {}, {}).faces.target == box
    for text in ("10,20,110", "10,20,110,x", "110,20,10,140", "nan,20,110,140"):
        with pytest.raises(SettingsInvalid, match=r"or a box \[left, top, right, bottom\]"):
            gather(None, None, {}, {"target": text})


def test_faces_are_counted_from_left_to_right_and_the_recipe_keeps_where_the_chosen_one_is(
    tmp_path: Path, sample_files: Files, capfd: pytest.CaptureFixture[str]
) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()  # the larger one on the right
    photo = tmp_path / "both.png"
    Image.fromarray(both).save(photo)
    used = {}
    for face in ("largest", "0", "1"):
        asked = [str(photo), str(sample_files[1]), "-o", str(tmp_path / f"{face}.png"), "--target-face", face]
        assert main([*asked, "--output", "512", "--json"]) == 0
        used[face] = json.loads(capfd.readouterr().out)
        (notice,) = [each for each in used[face]["notices"] if each["code"] == "several_faces"]
        assert notice["details"]["index"] == (face != "0")
    left, right = (used[face]["faces"]["target"]["box"] for face in ("0", "1"))
    assert left[2] < 512 < right[0]
    assert used["largest"]["faces"]["target"]["box"] == right
    assert used["largest"]["settings"]["faces"] == {"target": "largest", "source": "largest"}
    assert used["0"]["settings"]["faces"]["target"] == {"box": left}


def test_an_index_of_a_face_that_is_too_large_for_a_number_is_refused() -> None:
    with pytest.raises(SettingsInvalid):
        gather(None, None, {}, {"target": "9" * 3 + "x"})


# --- where the result goes ---


@pytest.fixture
def pair(sample_files: Files, tmp_path: Path) -> Files:
    """Target and source in a folder of their own."""
    copies = tmp_path / "target.png", tmp_path / "source.jpg"
    for photo, copy in zip(sample_files, copies, strict=True):
        copy.write_bytes(photo.read_bytes())
    return copies


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize("out", ["target.png", "source.jpg", "SOURCE.JPG", "link.png", "hard.jpg", "recipe.webp"])
def test_no_photo_and_no_recipe_is_written_over(
    out: str, overwrite: list[str], pair: Files, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = pair[0].parent
    (folder / "link.png").symlink_to(pair[0])
    os.link(pair[1], folder / "hard.jpg")
    (folder / "recipe.webp").write_text("{}")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    words = [*map(str, pair), "--recipe", str(folder / "recipe.webp"), "-o", str(folder / out), *overwrite]
    assert main(words) == 2
    told = capfd.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "one of the files that were given" in told.err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_sample_is_not_written_over(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--sample", "-o", str(samples.TARGET.file()), "--overwrite"]) == 2
    assert "one of the files that were given" in capfd.readouterr().err


def test_a_file_that_is_there_gives_way_when_asked(pair: Files, capfd: pytest.CaptureFixture[str]) -> None:
    out = pair[0].with_name("out.png")
    out.write_text("old")
    words = [*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(out)]
    assert main(words) == 2
    assert "already a file" in capfd.readouterr().err
    assert out.read_text() == "old"
    assert main([*words, "--overwrite"]) == 0
    with Image.open(out) as image:
        assert image.size == (256, 256)


def test_a_file_that_comes_meanwhile_stays(
    pair: Files, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = pair[0].with_name("out.png")
    whole = run_job.run

    def late(*given: Any, **named: Any) -> run_job.Report:
        out.write_text("somebody else's")
        return whole(*given, **named)

    monkeypatch.setattr("fusion.worker.run_job.run", late)
    assert main([*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(out)]) == 2
    assert "already a file" in capfd.readouterr().err
    assert out.read_text() == "somebody else's"
    assert {path.name for path in out.parent.iterdir()} == {"target.png", "source.jpg", "out.png"}


@pytest.mark.parametrize("name", ["x" * 251, "照" * 83, os.fsdecode(b"caf\xe9"), "a\nb\x1b[2J", "CON"])
def test_a_name_that_the_system_takes_is_written(name: str, pair: Files, capfd: pytest.CaptureFixture[str]) -> None:
    out = pair[0].with_name(f"{name}.png")
    assert main([*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(out)]) == 0
    told = capfd.readouterr()
    assert told.err == ""
    assert told.out.count("256×256") == 1
    assert "\x1b" not in told.out
    assert out.exists()


@pytest.mark.parametrize("name", ["x" * 252, "照" * 84, "照" * 300])
def test_a_name_that_is_too_long_is_said_before_anything_is_computed(
    name: str, pair: Files, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.worker.run_job.run", None)
    assert main([*map(str, pair), "-o", str(pair[0].with_name(f"{name}.png"))]) == 2
    told = capfd.readouterr()
    assert told.err.count("\n") == 1
    assert "The name of the result is too long" in told.err
    assert "Choose a shorter name" in told.err


def test_a_disk_that_is_full_is_not_the_inputs_fault(pair: Files) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999))"
    script = f"{limited}; import sys; from fusion.__main__ import main; sys.exit(main(sys.argv[1:]))"
    out = pair[0].with_name("out.png")
    words = [*map(str, pair), "--output", "512", "-o", str(out)]
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith(f"fusewise: The disk of {out.parent} is full (File too large).")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in out.parent.iterdir()} == {"target.png", "source.jpg"}


@pytest.mark.parametrize("streams", ["", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", "| true"])
def test_the_picture_is_written_wherever_its_line_goes(streams: str, pair: Files) -> None:
    words = [*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(pair[0].with_name("结果 😀.png"))]
    command = shlex.join([sys.executable, "-W", "error", "-m", "fusion", *words])
    environment = {**os.environ, "PYTHONIOENCODING": "gbk"}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {streams}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"\n") == (streams == ">/dev/full"), done.stderr
    assert pair[0].with_name("结果 😀.png").exists()
