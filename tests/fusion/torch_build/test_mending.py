"""The command that installs the PyTorch that runs on a card, wherever Fusewise was installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.notices import Notice
from fusion.torch_build import command
from fusion.torch_build.builds import INDEX, RELEASE
from fusion.torch_build.choosing import System
from fusion.torch_build.mending import index_for
from tests.support import ROOT

PASCAL, TURING, BLACKWELL = (6, 1), (7, 5), (12, 0)
LINUX, WINDOWS = System("Linux", "x86_64"), System("Windows", "AMD64")


def test_a_checkout_sets_itself_up() -> None:
    assert command([PASCAL]) == "make setup"


@pytest.mark.parametrize(
    ("prefix", "begins"),
    [
        ("/home/her/.venv", "pip install --force-reinstall torch=="),
        ("/home/her/.local/share/pipx/venvs/fusewise", "pipx runpip fusewise install --force-reinstall torch=="),
    ],
)
def test_elsewhere_the_command_is_whole(tmp_path: Path, prefix: str, begins: str) -> None:
    told = command([PASCAL], "12.4", root=tmp_path, prefix=Path(prefix))
    assert told == f"{begins}{RELEASE} --index-url {INDEX}cu126"


def test_an_image_is_built_anew(tmp_path: Path) -> None:
    told = command([PASCAL], root=tmp_path, prefix=Path("/opt/fusewise"))
    assert told == f"docker build -t fusewise --build-arg TORCH_INDEX={INDEX}cu126 ."
    assert "python -m venv /opt/fusewise" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("system", [LINUX, WINDOWS], ids=["linux", "windows"])
@pytest.mark.parametrize(
    ("cards", "cuda", "index"),
    [
        ([PASCAL], "12.4", "cu126"),
        ([PASCAL], "13.0", "cu126"),
        ([TURING], "12.4", "cu129"),
        ([TURING], "13.0", "cu130"),
        ([BLACKWELL], None, "cu130"),
        ([PASCAL, TURING], "13.0", "cu126"),
        ([(3, 5)], "11.4", "cpu"),  # no build runs on that any more
        ([], None, "cu130"),
    ],
)
def test_the_index_is_set_ups(system: System, cards: list[tuple[int, int]], cuda: str | None, index: str) -> None:
    assert index_for(system, cards, cuda) == INDEX + index


def test_the_version_is_the_one_that_is_required() -> None:
    assert f"\ntorch=={RELEASE}" in (ROOT / "requirements.txt").read_text()


def test_a_notice_of_a_version_that_named_no_command_can_be_read() -> None:
    stored = {"code": "card_without_code", "details": {"device": "GTX 1060"}}
    assert "`make setup`" in str(Notice.from_json(stored))
