"""One table: what set-up, advisor and worker do on each card, and what they do with the build of PyTorch of old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from advisor.device import Reader, capabilities
from advisor.device.compute_target import Kind, cards_for_workers, place_of
from advisor.driver import Reason
from advisor.health import doctor, examine_environment
from benchmarks.shared.emulated_card import NAME, Card
from fusion.config import Config
from fusion.engines.precision import resolve
from fusion.torch_build.builds import BUILDS, INDEX, runs_on
from fusion.torch_build.cards import look
from fusion.torch_build.choosing import System, choose
from fusion.types import Precision
from tests.fusion.worker.test_worker import Child
from tests.support.fixtures.emulated import needs_card
from tests.support.fixtures.nvml import Driver

CPU, OWN, TURING, PASCAL = INDEX + "cpu", "", INDEX + "cu129", INDEX + "cu126"
LINUX, JETSON = System("Linux", "x86_64"), System("Linux", "aarch64", is_jetson=True)
WITHOUT = "torch_without_code"


@pytest.fixture
def torch_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says which PyTorch is installed."""
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("fusion.torch_build.present.find_spec", lambda name: found)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    return tmp_path / "version.py"


def install(file: Path, cuda: str) -> None:
    file.write_text(f"__version__ = '2.13.0+cu{cuda.replace('.', '')}'\ncuda: Optional[str] = '{cuda}'\n")


# A profile of the fake driver and the CUDA that it runs; what set-up takes; then, with the package index's own build
# (CUDA 13.0): which cards run, and what the doctor finds.
TABLE = [
    ("gtx_1060", 13000, PASCAL, (False,), [WITHOUT]),
    ("gtx_1060", 12040, PASCAL, (False,), ["driver_old"]),
    ("p40", 13000, PASCAL, (False,), [WITHOUT]),
    ("v100", 13000, PASCAL, (False,), [WITHOUT]),
    ("t4", 13000, OWN, (True,), []),
    ("t4", 12040, TURING, (True,), ["driver_old"]),
    ("rtx_3060_laptop", 13000, OWN, (True,), []),
    ("rtx_4090", 13000, OWN, (True,), []),
    ("rtx_4090", 11040, OWN, (True,), ["driver_old"]),
    ("a10", 12040, TURING, (True,), ["driver_old"]),
    ("h100", 13000, OWN, (True,), []),
    ("h100", 12040, TURING, (True,), ["driver_old"]),
    ("b200", 13000, OWN, (True,), []),
    ("a100_mig", 13000, OWN, (True,), []),
    ("wsl", 13000, OWN, (True,), []),
    ("pascal_and_ada", 13000, PASCAL, (False, True), [WITHOUT]),
    ("pascal_and_blackwell", 13000, OWN, (False, True), [WITHOUT]),
]


@pytest.mark.parametrize(("profile", "cuda", "index", "runs", "finds"), TABLE)
def test_what_happens_on_each_card(
    profile: str,
    cuda: int,
    index: str,
    runs: tuple[bool, ...],
    finds: list[str],
    driver: Driver,
    torch_for: Path,
    tmp_path: Path,
) -> None:
    driver(profile, cuda_version=cuda, throttles=0)
    said = look()
    assert choose(LINUX, said).index == index
    install(torch_for, "13.0")
    with Reader(tmp_path, sees_all=True) as reader:
        snapshot = reader.read()
    assert tuple(gpu.has_code for gpu in snapshot.gpus) == runs
    assert tuple(runs_on(BUILDS[0].architectures, card.capability) for card in said.cards) == runs, (
        "as a worker decides"
    )
    place = place_of(snapshot, torch_cuda=True)
    assert place.kind == (Kind.CUDA if any(runs) else Kind.CPU)
    assert (place.why is Reason.NO_CODE) == (not any(runs))
    seen = replace(examine_environment(Config(data=tmp_path), snapshot=snapshot), holders=(), disks=())
    if WITHOUT in finds:
        assert "`make setup`" in next(each.remedy.text for each in doctor(seen) if str(each.cause) == WITHOUT)
        assert place.command == ("" if any(runs) else "make setup")
    about_cards = {WITHOUT, "driver_old", "on_processor", "torch_without_cuda", "driver_broken"}
    assert [str(each.cause) for each in doctor(seen) if str(each.cause) in about_cards] == finds


@pytest.mark.parametrize(("profile", "cuda", "index"), [row[:3] for row in TABLE if row[2]])
def test_the_build_that_set_up_takes_leaves_nothing_to_find(
    profile: str, cuda: int, index: str, driver: Driver, torch_for: Path, tmp_path: Path
) -> None:
    driver(profile, cuda_version=cuda, throttles=0)
    install(torch_for, next(build.cuda for build in BUILDS if index == INDEX + build.name))
    with Reader(tmp_path, sees_all=True) as reader:
        snapshot = reader.read()
    assert all(gpu.has_code for gpu in snapshot.gpus)
    assert place_of(snapshot, torch_cuda=True).kind == Kind.CUDA


AUTO = {
    "gtx_1060": Precision.FLOAT32,
    "p40": Precision.FLOAT32,
    "v100": Precision.FLOAT16,
    "t4": Precision.FLOAT16,
    "rtx_3060_laptop": Precision.BFLOAT16,
    "rtx_4090": Precision.BFLOAT16,
    "a10": Precision.BFLOAT16,
    "h100": Precision.BFLOAT16,
    "b200": Precision.BFLOAT16,
    "a100_mig": Precision.BFLOAT16,
    "wsl": Precision.FLOAT16,
}


@needs_card
@pytest.mark.parametrize(("profile", "precision"), AUTO.items())
def test_the_precision_of_its_own_is_the_same_to_advice_and_engine(
    profile: str, precision: Precision, driver: Driver, torch_for: Path, tmp_path: Path
) -> None:
    driver(profile, cuda_version=13000, throttles=0)
    index = choose(LINUX, look()).index or INDEX + BUILDS[0].name
    install(torch_for, next(build.cuda for build in BUILDS if index == INDEX + build.name))
    with Reader(tmp_path, sees_all=True) as reader:
        snapshot = reader.read()
    (generation,) = {gpu.capability for gpu in snapshot.gpus}
    assert generation is not None
    assert capabilities.precision_for(place_of(snapshot, torch_cuda=True), snapshot) == precision
    with Card(generation=generation):
        assert resolve(Precision.AUTO, torch.device("cuda")) == (precision, ())


@needs_card
@pytest.mark.parametrize(("build", "device"), [("cu130", "cpu"), ("cu126", NAME)])
def test_a_worker_on_a_pascal_card_computes_where_its_build_can(build: str, device: str) -> None:
    architectures = next(each.architectures for each in BUILDS if each.name == build)
    given = {"EMULATED_CARD_BUILD": " ".join(architectures), "EMULATED_CARD_GENERATION": "6.1"}
    child = Child("benchmarks.shared.emulated_worker:Pipeline", **given)
    assert child.ready.device == device
    assert child.ready.able is not None
    assert child.ready.able.kind == ("cpu" if device == "cpu" else "cuda")
    if child.ready.able.kind == "cuda":
        assert child.ready.able.precisions == (Precision.FLOAT32,)
    assert child.end() == 0


def test_a_jetsons_card_is_not_judged(driver: Driver, torch_for: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver("jetson")
    assert choose(JETSON, look()).index == OWN
    install(torch_for, "13.0")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with Reader(torch_for.parent, sees_all=True) as reader:
        (gpu,) = reader.read().gpus
    assert (gpu.is_unified, gpu.has_code) == (True, None)


def test_of_two_cards_the_one_with_code_gets_the_worker(driver: Driver, torch_for: Path) -> None:
    driver("pascal_and_ada", cuda_version=13000)
    install(torch_for, "13.0")
    with Reader(torch_for.parent, sees_all=True) as reader:
        snapshot = reader.read()
    assert cards_for_workers(snapshot) == (snapshot.gpus[1].uuid,)
    assert place_of(snapshot, torch_cuda=True).name == "NVIDIA GeForce RTX 4090"
