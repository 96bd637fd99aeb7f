"""The command line: real runs, the object that `--json` promises, and one line for every refusal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.labels import ink
from fusion import provenance
from fusion.cli.commands import main
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Fit, Size
from fusion.worker import run_job
from tests.support import command
from tests.support.command import fusion as run

Files = tuple[Path, Path]


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The sample pair, fused once, with the facts printed."""
    out = tmp_path_factory.mktemp("cli") / "fused.png"
    done = run(
        "--sample", "-o", out, "--output", "256x320", "--fit", "crop", "--brightness", "-0.1", "--consent", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return out, json.loads(done.stdout)


def test_the_sample_pair_is_fused(sample_run: tuple[Path, dict[str, Any]]) -> None:
    out, facts = sample_run
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.size == (facts["width"], facts["height"]) == (256, 320)


def test_the_picture_leaves_with_its_label_beside_the_face(sample_run: tuple[Path, dict[str, Any]]) -> None:
    out, facts = sample_run
    recipe = provenance.recipe_in(out.read_bytes())
    assert recipe is not None
    left, top, width, height = recipe["label"]["box"]
    with Image.open(out) as image:
        found = ink.measured(np.asarray(image.convert("RGB")), Rect(left, top, width, height))
    assert (found.letters, found.smallest_px >= 0.05 * 256) == (10, True)
    assert recipe["label"]["text"] == "AI-modified"
    assert all(right <= left or bottom <= top for _, _, right, bottom in facts["heads"])


def test_its_consent_stands_in_its_recipe_and_in_the_log_which_names_it(
    sample_run: tuple[Path, dict[str, Any]],
) -> None:
    out, facts = sample_run
    recipe = provenance.recipe_in(out.read_bytes())
    assert recipe is not None
    assert recipe["consent"] == facts["consent"]
    log = json.loads(run("log", "--kind", "consent", "--json").stdout)
    assert recipe["id"] in [line["job"] for line in log["declarations"]]


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
        "heads": list,
        "mapped": list,
        "sources": list,
        "steps": list,
        "settings": dict,
        "notices": list,
        "suitability": dict,
        "likeness": dict,
        "inspection": dict,
        "consent": dict,
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
    settings = {name.replace("_", "-") for name in Settings().to_json()} - {"skin-smoothing", "faces"}
    for option in (*settings, "smoothing", "target-face", "source-face", "preset", "recipe", "sample", "json"):
        assert f"--{option}" in told


def test_the_self_test_is_the_advisors_with_its_options_and_exit_codes() -> None:
    ours, theirs = (command.run([program, "selftest", "--help"]) for program in ("fusion", "advisor"))
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout) == (0, theirs.stdout)
    assert "--json" in ours.stdout
    wrong = run("selftest", "--nothing")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
