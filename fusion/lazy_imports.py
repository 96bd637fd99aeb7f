"""Imports that wait until they are needed, on a stack of their own. Standard library.

A library may keep an error that it met while it was imported, to raise it if somebody asks for what is missing:
MediaPipe does so with the one of a machine that has no PortAudio. An error refers to its frames, a frame to the one
that called it, and so on down to whoever needed the library first. Within a job that would be the job: its photos and
its networks would stay for as long as the process.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# Library → what it imports for functions that nobody here calls. MediaPipe takes Matplotlib for one that draws the mesh
# in three dimensions: 1.7 of the 2.4 s that its import takes on two cores, in the web process and in each worker.
_UNUSED = {"mediapipe": ("matplotlib", "matplotlib.pyplot")}
_PUTTING_OFF = threading.Lock()  # by one thread at a time, so that each leaves what it has found


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
                with put_off(_UNUSED.get(name.partition(".")[0], ())):
                    importlib.import_module(name)
            except BaseException as error:  # raised again by whoever waits
                failed.append(error)

        thread = threading.Thread(target=work, name=f"import {name}")
        thread.start()
        thread.join()
        if failed:
            raise failed.pop()
    return importlib.import_module(name)


@contextmanager
def put_off(names: Sequence[str]) -> Iterator[None]:
    """Within, `import package.module as short` of these takes modules that load when they are asked for something.

    In this thread alone, and nobody finds them among the modules that are loaded: where Streamlit finds Matplotlib it
    asks it to close its figures.

    Args:
        names: a package before what is in it. What is loaded already is taken as it is.
    """
    waiting = {name: _Waiting(name) for name in names if name not in sys.modules}
    for name, module in waiting.items():
        package, _, last = name.rpartition(".")
        if package in waiting:
            setattr(waiting[package], last, module)
    thread = threading.get_ident()

    def imported(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
        asked = name if fromlist else name.partition(".")[0]
        if name in waiting and asked in waiting and threading.get_ident() == thread:
            return waiting[asked]
        return loading(name, globals, locals, fromlist, level)

    with _PUTTING_OFF:
        loading, builtins.__import__ = builtins.__import__, imported
        try:
            yield
        finally:
            builtins.__import__ = loading


class _Waiting(ModuleType):
    """Stands for a module until it is asked for anything."""

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module(self.__name__), name)


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
