"""What this machine computes with, told without loading torch, and told as torch would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from advisor.device import Place, Snapshot, Ways, capabilities
from advisor.device.capabilities import precision_for, torch_has_cuda, ways
from advisor.device.compute_target import Kind
from advisor.device.reader import Host, Platform
from advisor.driver.gpu import Gpu, MigPart
from fusion.engines import precision
from fusion.types import EngineName, Precision
from fusion.weights import locate
from tests.support.fake_weights import TINY, write_tiny

GIB = 1 << 30
HOST = Host(Platform.LINUX, 8 * GIB, 6 * GIB, 2, Path(), None)
PROCESSOR = Place(Kind.CPU, "cpu", None, 8 * GIB, 6 * GIB, 0, 0)
CARD = Place(Kind.CUDA, "a card", "GPU-1", 8 * GIB, 6 * GIB, 0, 0)


def snapshot(capability: tuple[int, int] | None = None) -> Snapshot:
    parts = (MigPart(0, "MIG-1", None, None, None),)
    gpu = Gpu(0, "GPU-1", "a card", 8 * GIB, 6 * GIB, capability=capability, parts=parts)
    return Snapshot((gpu,), None, (), HOST, 0.0)


@pytest.mark.parametrize(
    ("version", "has"),
    [
        ("__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n", False),
        ("__version__ = '2.13.0+cu130'\ncuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n", True),
        ("__version__ = '2.13.0'\ncuda = '12.4'\n", True),
        ("__version__ = '2.13.0+rocm7'\ncuda: Optional[str] = None\nhip: Optional[str] = '7.0'\n", False),
    ],
)
def test_the_build_of_torch_is_read_from_its_text(
    version: str, has: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise AssertionError('torch was imported')")
    (tmp_path / "torch" / "version.py").write_text(version)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert torch_has_cuda() == has


def test_the_text_says_what_torch_says() -> None:
    assert torch_has_cuda() == (torch.version.cuda is not None)


def test_without_torch_there_is_no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.torch_build.present.find_spec", lambda name: None)
    assert not torch_has_cuda()


def test_asking_loads_no_torch() -> None:
    script = (
        "import sys; from advisor.device import capabilities; capabilities.torch_has_cuda(); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("capability", "expected"),
    [((9, 0), "bfloat16"), ((8, 0), "bfloat16"), ((7, 5), "float16"), ((6, 1), "float32"), (None, "float32")],
)
@pytest.mark.parametrize("uuid", ["GPU-1", "MIG-1"])
def test_a_card_computes_as_its_generation_can(
    capability: tuple[int, int] | None, expected: str, uuid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(Kind.CUDA, "a card", uuid, 8 * GIB, 6 * GIB, 0, 0)
    assert precision_for(place, snapshot(capability)) == expected
    if capability is not None:
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
        assert precision.resolve(Precision.AUTO, torch.device("cuda"))[0] == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("flags\t\t: fpu avx2 avx512_bf16 sse", "bfloat16"),
        ("Features\t: fp asimd bf16", "bfloat16"),
        ("flags\t\t: fpu avx512_fp16", "float32"),  # half precision is for cards
        ("flags\t\t: fpu avx2", "float32"),
        ("", "float32"),
    ],
)
def test_a_processor_computes_as_its_instructions_can(
    listed: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(f"processor : 0\n{listed}\n")
    monkeypatch.setattr(capabilities, "_CPUINFO", file)
    capabilities._flags.cache_clear()
    try:
        assert precision_for(PROCESSOR, snapshot()) == expected
    finally:
        capabilities._flags.cache_clear()


def test_this_processor_is_told_as_torch_tells_it() -> None:
    if not capabilities._CPUINFO.exists():
        pytest.skip("needs Linux's list of instructions")
    assert precision_for(PROCESSOR, snapshot()) == precision.resolve(Precision.AUTO, torch.device("cpu"))[0]


def test_instructions_and_generations_are_the_engines_own() -> None:
    assert {name: set(flags) for name, flags in capabilities._FLAGS.items()} == {
        name: set(flags) for name, flags in precision._INSTRUCTIONS.items()
    }
    assert (capabilities._AMPERE, capabilities._VOLTA) == (precision._AMPERE, precision._VOLTA)


@pytest.mark.parametrize(
    ("is_there", "engines"), [(True, (EngineName.UNET, EngineName.LANDMARK)), (False, (EngineName.LANDMARK,))]
)
def test_the_best_engine_is_unet_where_its_weights_are(
    is_there: bool, engines: tuple[EngineName, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny(tmp_path) if is_there else tmp_path
    found_there = locate.look(folder, TINY)
    monkeypatch.setattr(locate, "status", lambda: found_there)
    found = ways(CARD, snapshot((8, 6)))
    assert isinstance(found, Ways)
    assert (found.engines, found.precision) == (engines, Precision.BFLOAT16)
    assert found.precisions == frozenset(Precision) - {Precision.AUTO}
    assert found.enlarger in ("model_file", "span", "lanczos")
