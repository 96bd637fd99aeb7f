"""The command that puts the PyTorch that runs on a machine's cards in the place of another."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from fusion.torch_build.builds import BUILDS, INDEX, RELEASE, Capability
from fusion.torch_build.cards import Card, Driver
from fusion.torch_build.choosing import System, choose

_SETUP = "make setup"
_IMAGE = Path("/opt/fusewise")  # where the Dockerfile puts it: what is installed in a container goes with that
_TEGRA_FILE, _TEGRA_TREE = Path("/etc/nv_tegra_release"), Path("/proc/device-tree/compatible")
_ROOT = Path(__file__).parents[2]
_NEWEST = (int(BUILDS[0].major), 0)


def command(
    capabilities: Iterable[Capability], cuda: str | None = None, *, root: Path = _ROOT, prefix: Path | None = None
) -> str:
    """What a person has to run, in a terminal.

    Args:
        capabilities: of the cards. Where none is known, the package index's own build is taken for the right one.
        cuda: the newest that the driver runs, such as "12.4"; None where that is not known.
        root: where this package lies, and in a checkout the Makefile.
        prefix: of the Python environment; None: of this one.
    """
    if (root / "Makefile").is_file():
        return _SETUP
    index, place = index_for(this_system(), capabilities, cuda), prefix or Path(sys.prefix)
    if place == _IMAGE:
        return f"docker build -t fusewise --build-arg TORCH_INDEX={index} ."
    pip = "pipx runpip fusewise" if "pipx" in place.parts else "pip"
    return f"{pip} install --force-reinstall torch=={RELEASE} --index-url {index}"


def index_for(system: System, capabilities: Iterable[Capability], cuda: str | None) -> str:
    """The index of the build that set-up would take for such cards; elsewhere than on a PC with Linux, likewise."""
    cards = tuple(Card("", each) for each in capabilities)
    major, _, minor = (cuda or "").partition(".")
    newest = (int(major), int(minor or 0)) if major.isdecimal() else _NEWEST
    chosen = choose(replace(system, name="Linux", machine="x86_64"), Driver(True, "", newest, cards)) if cards else None
    return (chosen.index if chosen else "") or INDEX + BUILDS[0].name


def this_system() -> System:
    """What this machine is."""
    try:
        tree = _TEGRA_TREE.read_bytes() if _TEGRA_TREE.exists() else b""
    except OSError:
        tree = b""
    return System(platform.system(), platform.machine(), _TEGRA_FILE.exists() or b"nvidia,tegra" in tree)
