"""The advisor's command line: real processes, over a library that plays drivers and cards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from PIL import Image

from advisor.device.capabilities import torch_has_cuda
from advisor.driver.reasons import SENTENCES, Reason
from fusion.storage import FILE
from tests.support import ROOT
from tests.support.fake_nvml import build
from tests.support.fixtures.photos import admiral, saved, scene

GIB = 1 << 30
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`python -m advisor` in a process of its own, with the cards of a profile."""
    if not build.can_build():
        pytest.skip("needs gcc, on a system with .so libraries")
    libraries = build.build(tmp_path_factory.mktemp("nvml"))

    def start(*arguments: object, profile: str = "t4", variant: str = "new") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "advisor", *map(str, arguments)]
        environ = build.environment(libraries, profile, variant, {})
        return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)

    return start


def test_a_card_is_shown(run: Run) -> None:
    done = run("devices")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("cuda:0", "Tesla T4", "10.6 of 15.0 GiB free", "35% busy", "52 °C", "30 W of 70", "driver 550.54.15"):
        assert part in done.stdout
    assert "held back by: power cap, software heat" in done.stdout
    assert "3.0 GiB" in done.stdout
    assert "machine " in done.stdout


def test_json_is_one_object_of_a_fixed_form(run: Run) -> None:
    done = run("devices", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert set(facts) == {"gpus", "why", "order_why", "unread", "host", "taken_s", "sentences"}
    assert (facts["why"], facts["sentences"]) == (None, {})
    assert facts["gpus"][0]["total_bytes"] == 15 * GIB
    host = {"platform", "total_bytes", "available_bytes", "cores", "folder", "disk_free_bytes", "usable_bytes"}
    host |= {"outside_bytes", "ready_cores", "others_cores"}
    assert set(facts["host"]) == host


def test_no_card_is_no_failure_and_says_why(run: Run) -> None:
    done = run("devices", profile="mismatch")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "no graphics card: " + " ".join(SENTENCES[Reason.MISMATCH])


def test_json_without_a_card_carries_the_reason_in_words(run: Run) -> None:
    facts = json.loads(run("devices", "--json", variant="none").stdout)
    assert facts["why"] == "gpu_no_driver"
    assert facts["sentences"] == {"gpu_no_driver": " ".join(SENTENCES[Reason.NO_DRIVER])}


def test_what_only_cuda_knows_is_marked_with_what_to_do(run: Run) -> None:
    done = run("devices", profile="two_unequal")
    assert done.stdout.count("cuda:?") == 2
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in done.stdout.splitlines()[-1]


def test_a_divided_card_is_shown_with_its_parts(run: Run) -> None:
    lines = run("devices", profile="a100_mig").stdout.splitlines()
    assert lines[0].startswith("divided NVIDIA A100-SXM4-40GB  ? of ? GiB free")
    assert any("cuda:0" in line and "MIG 3g.20gb" in line and "19.0 of 20.0 GiB" in line for line in lines)
    assert any("hidden" in line and "17.0 of 20.0 GiB" in line for line in lines)


def test_what_a_card_does_not_say_is_left_out(run: Run) -> None:
    done = run("devices", profile="wsl")
    assert "busy" not in done.stdout
    assert "pid" not in done.stdout


def test_a_card_that_may_not_be_read_is_told(run: Run) -> None:
    done = run("devices", profile="no_permission")
    assert (done.returncode, done.stderr) == (0, "")
    assert " ".join(SENTENCES[Reason.NO_PERMISSION]) in done.stdout


@pytest.mark.parametrize("arguments", [(), ("cards",), ("devices", "--folder", "no/such/folder"), ("devices", "x")])
def test_bad_input_is_one_line_and_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fusewise: ")
    assert done.stderr.count("\n") == 1


def test_the_help_is_no_failure(run: Run) -> None:
    done = run("devices", "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout


# --- recommend ---


@pytest.fixture(scope="module")
def recommended(run: Run, sample_files: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    """What is said of the sample pair on a machine without a card, as JSON."""
    return run("recommend", *sample_files, "--json", "--free-gib", 8, variant="none")


def test_a_recommendation_is_one_object_of_the_promised_form(recommended: subprocess.CompletedProcess[str]) -> None:
    assert (recommended.returncode, recommended.stderr) == (0, "")
    facts = json.loads(recommended.stdout)
    assert set(facts) == {"device", "advice", "sources"}
    assert [source["use"] for source in facts["sources"]] == ["only"]
    assert set(facts["advice"]) == {"chosen", "options", "warnings", "suitability"}
    promised = {"width", "height", "tier", "two_stage", "engine", "precision", "verdict", "peak_bytes",
                "peak_bytes_high", "seconds", "seconds_high", "detail_ratio", "reasons"}  # fmt: skip
    assert all(promised <= set(option) for option in facts["advice"]["options"])
    assert facts["advice"]["chosen"] in facts["advice"]["options"]
    assert facts["advice"]["chosen"]["verdict"] == "fits"
    assert (facts["device"]["kind"], facts["device"]["free_bytes"]) == ("cpu", 8 * GIB)


@pytest.fixture(scope="module")
def spoken(run: Run, sample_files: tuple[Path, Path]) -> list[str]:
    """The same in lines of text."""
    done = run("recommend", *sample_files, "--free-gib", 8, variant="none")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_recommendation_ends_with_how_well_the_two_faces_go_together(
    spoken: list[str], recommended: subprocess.CompletedProcess[str]
) -> None:
    found = json.loads(recommended.stdout)["advice"]["suitability"]
    causes = [f"  - {cause['text']} {cause['remedy']}" for cause in found["causes"]]
    assert spoken[-1 - len(causes) :] == [f"this pair: {found['verdict']}", *causes]


def test_a_recommendation_names_its_reasons_and_shows_every_option(spoken: list[str]) -> None:
    lines = spoken
    assert lines[0].startswith("512×512  landmark in float32, one stage")
    assert "8.0 of " in lines[0]
    assert any(
        line.startswith("  - The face comes out 95 px wide, and the source photo shows it 185 px wide: sharp.")
        for line in lines
    )
    assert [line.split()[0] for line in lines if "512×512" in line and "landmark" in line][1] == "*"
    assert sum("4096×4096" in line for line in lines) >= 1


def test_of_several_photos_of_the_source_the_best_is_spoken_of_and_that_is_told(
    run: Run, sample_files: tuple[Path, Path], tmp_path: Path
) -> None:
    target, source = sample_files
    soft, nobody = tmp_path / "soft.png", tmp_path / "nobody.png"
    soft.write_bytes(saved(cv2.GaussianBlur(admiral(), (0, 0), 5), "PNG"))
    nobody.write_bytes(saved(scene(300, 300), "PNG"))
    several = (target, soft, "--source", nobody, "--source", source, "--free-gib", 8)
    facts = json.loads(run("recommend", *several, "--json", variant="none").stdout)
    assert [each["use"] for each in facts["sources"]] == ["worse", "no_face", "best"]
    assert facts["sources"][2]["merits"] == ["detail"]
    soft_px, sharp_px = (facts["sources"][at]["measures"]["detail_px"] for at in (0, 2))
    assert soft_px < 0.7 * sharp_px
    lines = run("recommend", *several, variant="none").stdout.splitlines()
    assert "note: Source photo number 2 has no usable face: it is left out." in lines
    assert "note: Of 3 source photos number 3 is used: it is the sharpest." in lines


def test_pins_are_kept_and_what_does_not_fit_says_how_much_is_missing(
    run: Run, sample_files: tuple[Path, Path]
) -> None:
    pins = ("--pin", "output=1024x1792", "--pin", "fit=crop", "--pin", "two_stage=off")
    facts = json.loads(run("recommend", *sample_files, "--free-gib", 0, *pins, "--json", variant="none").stdout)
    (option,) = facts["advice"]["options"]
    assert facts["advice"]["chosen"] is None
    assert (option["width"], option["height"], option["tier"]) == (1024, 1792, "custom")
    assert option["reasons"][0]["code"] == "too_big"
    assert "of 0.0 GiB that may be used" in option["reasons"][0]["text"]
    assert "shape_cropped" in {warning["code"] for warning in facts["advice"]["warnings"]}


def test_an_intent_is_asked_for_by_name(run: Run, sample_files: tuple[Path, Path], tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    with Image.open(sample_files[0]) as photo:
        photo.resize((1536, 1536)).save(large)
    for intent, tier in (("social", "512"), ("art", "1024")):
        asked = (large, sample_files[1], "--intent", intent, "--free-gib", 8)
        done = run("recommend", *asked, "--json", variant="none")
        assert json.loads(done.stdout)["advice"]["chosen"]["tier"] == tier


def test_a_card_that_torch_cannot_use_is_told(run: Run, sample_files: tuple[Path, Path]) -> None:
    if torch_has_cuda():
        pytest.skip("this PyTorch can use cards")
    done = run("recommend", *sample_files, "--free-gib", 8)
    assert "warning: There is a graphics card, but the installed PyTorch was built without CUDA" in done.stdout


def test_measurements_that_cannot_be_read_are_told_and_done_without(
    run: Run, sample_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_bytes(b"no database, and longer than the head of one" * 9)
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    done = run("recommend", *sample_files, "--free-gib", 8, "--json", variant="none")
    assert done.returncode == 0
    assert done.stderr.startswith("fusewise: The database ")
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["advice"]["chosen"] is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--free-gib", "-1"), "0 or more"),
        (("--free-gib", "nan"), "0 or more"),
        (("--card-gib", "0"), "--card-gib 8"),
        (("--card-gib", "-6"), "more than 0"),
        (("--card-gib", "inf"), "more than 0"),
        (("--card-gib", "nan"), "more than 0"),
        (("--card-gib", "six"), "valid number"),
        (("--card-gib", "6", "--free-gib", "7"), "that or less"),
        (("--intent", "fun"), "social"),
        (("--pin", "output"), "NAME=VALUE"),
        (("--pin", "colour=red"), "two_stage"),
        (("--pin", "output=9"), "4096"),
        (("--pin", "output=9x9"), "between 64 and 8192"),
        (("--pin", "ratio=much"), "between 0 and 1"),
        (("--pin", "ratio=2"), "between 0 and 1"),
        (("--pin", "engine=best"), "landmark"),
        (("--source", "a.png") * 8, "9 source photos"),
    ],
)
def test_a_wrong_wish_is_one_line_that_says_what_is_right(
    run: Run, sample_files: tuple[Path, Path], given: tuple[str, ...], said: str
) -> None:
    done = run("recommend", *sample_files, *given)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("fusewise: ")
    assert said in done.stderr


def test_photos_that_cannot_be_used_are_refused_in_one_line(
    run: Run, sample_files: tuple[Path, Path], tmp_path: Path
) -> None:
    target, _ = sample_files
    empty, nobody = tmp_path / "empty.png", tmp_path / "nobody.png"
    empty.write_bytes(b"")
    nobody.write_bytes(saved(scene(300, 300), "PNG"))
    for source, said in ((tmp_path / "gone.png", "could not be read"), (empty, "empty"), (nobody, "No face")):
        done = run("recommend", target, source)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert said in done.stderr


def test_the_doctor_says_what_it_found_and_what_to_do(run: Run) -> None:
    done = run("doctor", profile="stranger")
    assert (done.returncode, done.stderr) == (0, "")
    assert "holds itself back for heat or power" in done.stdout
    assert "See to its cooling" in done.stdout
    assert "(pid 4194999) holds 9.0 of 15.0 GiB on Tesla T4" in done.stdout
    for part in ("cuda:0", "queue ", "apps ", "disk ", "torch "):
        assert part in done.stdout


def test_the_doctors_json_is_one_object_of_a_fixed_form_without_a_path(run: Run, data_folder: Path) -> None:
    done = run("doctor", "--json", profile="stranger")
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert set(facts) == {"measures", "findings", "looked_for"}
    held = next(each for each in facts["findings"] if each["cause"] == "card_held_back")
    assert set(held) == {"symptom", "cause", "level", "confidence", "text", "evidence", "remedy", "gauge"}
    assert (held["symptom"], held["evidence"]["clock_mhz"], held["remedy"]["action"]) == ("slow", 585, "wait")
    assert str(data_folder) not in done.stdout


def test_a_wrong_word_to_the_doctor_is_bad_input(run: Run) -> None:
    done = run("doctor", "--fast")
    assert (done.returncode, done.stdout) == (2, "")
