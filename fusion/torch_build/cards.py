"""The NVIDIA cards and the driver's CUDA, asked of NVML through ctypes, as nothing is installed yet.

`python -m fusion.torch_build.cards` prints them as JSON: `look` starts that, since a driver may never answer. Once the
requirements are installed, `advisor.driver` says much more.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from dataclasses import dataclass

from fusion.torch_build.builds import Capability

_LIBRARIES = ("libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1")  # the second: WSL's, where nobody listed it
_TEXT = 96  # NVML_DEVICE_NAME_V2_BUFFER_SIZE
_MOST = 64  # cards; a count above is nonsense
_ANSWER_S = 15.0  # without persistence mode the first question wakes every card


@dataclass(frozen=True, slots=True)
class Card:
    """A card."""

    name: str
    capability: Capability


@dataclass(frozen=True, slots=True)
class Driver:
    """What a driver says.

    Attributes:
        is_there: whether one is installed.
        trouble: why it says nothing, for whoever reads the terminal; "" where it answers.
        cuda: the newest that it runs, (major, minor).
    """

    is_there: bool
    trouble: str = ""
    cuda: tuple[int, int] = (0, 0)
    cards: tuple[Card, ...] = ()


def look() -> Driver:
    """What the driver of this machine says, within a deadline."""
    command = [sys.executable, "-m", "fusion.torch_build.cards"]
    asked = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        said, _ = asked.communicate(timeout=_ANSWER_S)
        return _read(said)
    except subprocess.TimeoutExpired:
        asked.kill()  # and not waited for: one that hangs in the driver may outlive that
        return Driver(True, "it does not answer")
    except (ValueError, KeyError, TypeError):
        return Driver(True, "asking it failed")


def _read(said: str) -> Driver:
    data = json.loads(said)
    cards = tuple(Card(str(name), (int(major), int(minor))) for name, major, minor in data["cards"])
    major, minor = data["cuda"]
    return Driver(bool(data["is_there"]), str(data["trouble"]), (int(major), int(minor)), cards)


class _Refused(Exception):
    """NVML answers with an error."""


def _ask() -> Driver:
    library = _load()
    if library is None:
        return Driver(False)
    try:
        _call(library, "nvmlInitWithFlags", ctypes.c_uint(0))
        number, count = ctypes.c_int(), ctypes.c_uint()
        _call(library, "nvmlSystemGetCudaDriverVersion", ctypes.byref(number))
        _call(library, "nvmlDeviceGetCount_v2", ctypes.byref(count))
        cards = tuple(_card(library, index) for index in range(min(count.value, _MOST)))
    except _Refused as error:
        return Driver(True, str(error))
    return Driver(True, "", (number.value // 1000, number.value % 1000 // 10), cards)


def _load() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _card(library: ctypes.CDLL, index: int) -> Card:
    handle, name = ctypes.c_void_p(), ctypes.create_string_buffer(_TEXT)
    major, minor = ctypes.c_int(), ctypes.c_int()
    _call(library, "nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(handle))
    _call(library, "nvmlDeviceGetName", handle, name, ctypes.c_uint(_TEXT))
    _call(library, "nvmlDeviceGetCudaComputeCapability", handle, ctypes.byref(major), ctypes.byref(minor))
    return Card(name.value.decode(errors="replace"), (major.value, minor.value))


def _call(library: ctypes.CDLL, name: str, *arguments: object) -> None:
    """Call a function of NVML, which answers 0 where all is well.

    Raises:
        _Refused: it does not, or this driver has no such function.
    """
    function = getattr(library, name, None)
    if function is None:
        raise _Refused("it is too old to be asked about its cards")
    code = function(*arguments)
    if code:
        raise _Refused(f"{name} answers with error {code}")


def main() -> None:
    """Print what the driver says."""
    said = _ask()
    cards = [(card.name, *card.capability) for card in said.cards]
    print(json.dumps({"is_there": said.is_there, "trouble": said.trouble, "cuda": said.cuda, "cards": cards}))


if __name__ == "__main__":
    main()
