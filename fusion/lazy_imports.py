"""Imports that wait until they are needed, on a stack of their own. Standard library.

A library may keep an error that it met while it was imported, to raise it if somebody asks for what is missing:
MediaPipe does so with the one of a machine that has no PortAudio. An error refers to its frames, a frame to the one
that called it, and so on down to whoever needed the library first. Within a job that would be the job: its photos and
its networks would stay for as long as the process.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Mapping
from types import ModuleType


def load(name: str) -> ModuleType:
    """A module, imported in a thread of its own if nobody has imported it before.

    Not for the top level of a module, whose own import the thread might have to wait for.

    Raises:
        Exception: whatever its import raises.
    """
    if name not in sys.modules:
        failed: list[BaseException] = []

        def work() -> None:
            try:
                importlib.import_module(name)
            except BaseException as error:  # raised again by whoever waits
                failed.append(error)

        thread = threading.Thread(target=work, name=f"import {name}")
        thread.start()
        thread.join()
        if failed:
            raise failed.pop()
    return importlib.import_module(name)


def door(package: str, where: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package that loads what it exports when it is first asked for (PEP 562).

    Args:
        package: its name.
        where: name → the module where it lives.
    """

    def exported(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(where[name]), name)

    return exported
