"""The keys of the JSON that the command lines print, with `--json`: programs read them, so they stay as they are.

`data/json_keys.json` has every key that each command line prints, in their order. The key of an object within an
object is written `outer.inner`, that of one within a list `outer[].inner`. A key that is new is added there; one that
goes, or is called otherwise, breaks somebody's program.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from advisor.cli import calibrate, selftest
from advisor.cli.commands import main as advise
from advisor.forecast import Calibration
from advisor.selftest import SelfTest
from fusion.cli.commands import main as fuse
from fusion.weights.catalog import UNET
from fusion.weights.locate import MANIFEST
from tests.support import fake_pipeline
from tests.support.fake_nvml import build
from tests.support.fake_weights import write_tiny
from tests.support.fixtures.marked import labelled
from tests.support.fixtures.probes import well
from tests.support.trials import at_once, end, three

ROOT = Path(__file__).resolve().parent.parent
KEYS: Mapping[str, list[str]] = json.loads((ROOT / "tests" / "data" / "json_keys.json").read_text(encoding="utf-8"))
# What is within these depends on the finding, the reason, or the machine and who else is on it.
OPEN = (
    *("findings[].evidence", "findings[].remedy.patch", "findings[].gauge", "notices[].details", "error.details"),
    *("advice.chosen.reasons[].details", "advice.options[].reasons[].details", "advice.warnings[].details"),
    *("rows[].details",),
    *("sources[].measures", "jobs[].notices[].details", "files[].findings[].details"),
    *("measures.disks", "measures.holders", "measures.leftovers", "measures.workers", "measures.own", "measures.apps"),
)

Files = tuple[Path, Path]
Capture = pytest.CaptureFixture[str]


def keys(value: Any, at: str = "") -> Iterator[str]:
    """The path of every key within, in the order in which they come."""
    if isinstance(value, list):
        for each in value:
            yield from keys(each, f"{at}[]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            path = f"{at}.{key}" if at else key
            yield path
            if path not in OPEN:
                yield from keys(inner, path)


def check(name: str, text: str) -> None:
    """That what a command line has printed has the keys that are stored under a name; each of its lines is JSON."""
    found = list(dict.fromkeys(path for line in text.splitlines() for path in keys(json.loads(line))))
    assert found == KEYS[name], f"{name} prints {json.dumps(found)}"


def run(module: str, *arguments: object, environ: Mapping[str, str] | None = None) -> str:
    """What a command line prints, in a process of its own."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def fused(sample_files: Files, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A result of the sample pair, and what was printed of it."""
    out = tmp_path_factory.mktemp("fused") / "fused.png"
    return out, run("fusion", *sample_files, "-o", out, "--engine", "landmark", "--output", 512, "--consent", "--json")


@pytest.fixture(scope="module")
def batched(sample_files: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a batch prints, in a data folder of its own: jobs that went well, one rung lower, and not at all."""
    folder = tmp_path_factory.mktemp("batch")
    Image.new("RGB", (90, 80), (40, 90, 120)).save(folder / "a.png")
    (folder / "broken.jpg").write_text("words")
    rows = ((sample_files[0], 0.5), ("a.png", fake_pipeline.SHORT_BY_1), ("a.png", fake_pipeline.FACELESS))
    lines = [f"{target},{sample_files[1]},{ratio}\n" for target, ratio in (*rows, ("broken.jpg", 0.5))]
    (folder / "pairs.csv").write_text("target,source,ratio\n" + "".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(folder / "data"))
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        yield run("fusion", "batch", "--pairs", folder / "pairs.csv", "-o", folder / "out", "--consent", "--json")


@pytest.fixture(scope="module")
def advisor(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """`python -m advisor`, over a library that plays a driver and its cards."""
    if not build.can_build():
        pytest.skip("needs gcc, on a system with .so libraries")
    built = build.build(tmp_path_factory.mktemp("nvml"))

    def start(*arguments: object, profile: str = "stranger", variant: str = "new") -> str:
        return run("advisor", *arguments, environ=build.environment(built, profile, variant, {}))

    return start


def test_fuse(fused: tuple[Path, str]) -> None:
    check("fusion fuse", fused[1])


def test_batch(batched: str) -> None:
    check("fusion batch", batched)


def test_verify(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "label.png").write_bytes(labelled("PNG"))
    (tmp_path / "words.png").write_text("words")
    assert fuse(["verify", str(tmp_path / "label.png"), str(tmp_path / "words.png"), "--json"]) == 2
    check("fusion verify", capfd.readouterr().out)


def test_the_list_of_jobs(batched: str) -> None:
    check("fusion jobs list", run("fusion", "jobs", "list", "--json"))


def test_the_log(batched: str) -> None:
    assert batched  # it declared something
    check("fusion log", run("fusion", "log", "--json"))


def test_the_diagnosis_of_a_job(batched: str) -> None:
    (job,) = (job["id"] for job in json.loads(batched)["jobs"] if job["target"] == "target.png")
    check("advisor diagnose --job", run("advisor", "diagnose", "--job", job, "--json"))


def test_the_diagnosis_of_files(fused: tuple[Path, str], sample_files: Files, capfd: Capture) -> None:
    target, source = map(str, sample_files)
    assert advise(["diagnose", str(fused[0]), "--target", target, "--source", source, "--json"]) == 0
    check("advisor diagnose", capfd.readouterr().out)


def test_recommend(
    advisor: Callable[..., str], sample_files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))  # nothing was measured there, of which there is a warning
    check("advisor recommend", advisor("recommend", *sample_files, "--free-gib", 8, "--json", variant="none"))


def test_devices(advisor: Callable[..., str]) -> None:
    check("advisor devices", advisor("devices", "--json"))


def test_doctor(advisor: Callable[..., str], batched: str) -> None:
    assert batched  # it tells of the jobs that went wrong
    check("advisor doctor", advisor("doctor", "--json"))


def test_calibrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    calibration = Calibration(at_once, three)
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    monkeypatch.setattr(calibrate, "Calibration", lambda budget_s: calibration)
    assert advise(["calibrate", "--json"]) == 0
    check("advisor calibrate", capfd.readouterr().out)
    end(calibration)


def test_selftest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    monkeypatch.setattr(selftest, "SelfTest", lambda: SelfTest(well, partial(Calibration, at_once, three)))
    assert advise(["selftest", "--json"]) == 0
    check("advisor selftest", capfd.readouterr().out)


def test_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "weights"))
    assert fuse(["weights", "verify", "--json"]) == 1
    check("fusion weights verify, without weights", capfd.readouterr().out)
    folder = write_tiny(tmp_path / "weights" / UNET.name)
    stated = {file.path: {"size_bytes": 1000, "sha256": ""} for file in UNET.files}
    (folder / MANIFEST).write_text(json.dumps({"files": stated}))
    assert fuse(["weights", "verify", "--json"]) == 0
    check("fusion weights verify", capfd.readouterr().out)
    assert fuse(["weights", "status", "--json"]) == 0
    check("fusion weights status", capfd.readouterr().out)
