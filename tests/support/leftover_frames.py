"""What a process still holds of jobs that are over: asked of the process itself, by its garbage collector.

As a pipeline (FUSEWISE_PIPELINE=tests.support.leftover_frames:ObservedPipeline) it computes as the real one does, and
answers while the worker is idle: whoever makes the file `QUESTION` in the folder that LEFTOVER_FOLDER names gets
`ANSWER`.
As a program it is a command line, or a process like the one that serves pages, which answers as it ends.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

FOLDER = "LEFTOVER_FOLDER"
QUESTION, ANSWER, UNLOADED = "question", "answer.json", "unloaded"
NO_MEMORY = 0.91  # a ratio at which memory runs out in the engine as often as there is a file "shortages" to take from
SHORTAGES = "shortages"
LARGE_BYTES = 256 * 1024  # of a tensor: what the engines keep for all jobs alike is smaller
# The frames that a library may keep: they hold names of modules.
IMPORTS = {"fusion.lazy_imports.work", "fusion.lazy_imports.imported"}
_OURS = ("fusion", "advisor", "pages", "streamlit_app")

_watched: dict[str, list[weakref.ref[Any]]] = {"photos": [], "results": [], "engines": []}


def watch(kind: str, thing: object) -> None:
    """It shall not outlive its job."""
    _watched[kind].append(weakref.ref(thing))


def leftovers() -> dict[str, Any]:
    """Frames of ours that nobody runs any more, and what is left of photos, results and large tensors."""
    gc.unfreeze()  # what a worker passes over else
    gc.collect()
    alive = {kind: sum(each() is not None for each in refs) for kind, refs in _watched.items()}
    return {
        "frames": sorted(_names(_dead_frames()) - IMPORTS),
        "tensors": sorted(map(str, _large_tensors())),
        **alive,
    }


def _dead_frames() -> Iterator[FrameType]:
    running = {id(frame) for top in sys._current_frames().values() for frame in _down(top)}
    for each in gc.get_objects():
        if type(each) is FrameType and id(each) not in running:
            name = str(each.f_globals.get("__name__", ""))
            is_waiting = each.f_generator is not None if hasattr(each, "f_generator") else _is_generator(each.f_code)
            if name.partition(".")[0] in _OURS and not is_waiting:
                yield each


def _is_generator(code: CodeType) -> bool:
    return bool(code.co_flags & (0x20 | 0x80 | 0x200))  # generators that wait, such as context managers of libraries


def _down(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _names(frames: Iterator[FrameType]) -> set[str]:
    return {f"{frame.f_globals['__name__']}.{frame.f_code.co_name}" for frame in frames}


def _large_tensors() -> Iterator[tuple[int, ...]]:
    torch = sys.modules.get("torch")
    if torch is None:
        return
    for each in gc.get_objects():
        if type(each) is torch.Tensor and each.numel() * each.element_size() >= LARGE_BYTES:
            yield tuple(each.shape)


def observed() -> type:
    """The pipeline's class; late, for it loads torch."""
    from fusion.engines.landmark.engine import LandmarkEngine
    from fusion.engines.unet.engine import UnetEngine
    from fusion.pipeline import Pipeline, Result

    fuse, make = LandmarkEngine.fuse, UnetEngine.__init__

    def short(self: Any, work: Any, step: Any) -> Any:
        if work.ratio == NO_MEMORY and _take_shortage():
            held = work.frame.float()
            raise MemoryError(f"for {held.shape}")
        return fuse(self, work, step)

    def made(self: Any, *args: Any, **options: Any) -> None:
        watch("engines", self)
        make(self, *args, **options)

    class Observed(Pipeline):
        def run(self, target: Any, source: Any, *args: Any, **options: Any) -> Result:
            result = super().run(target, source, *args, **options)
            watch("results", result.pixels)
            watch("results", result.before)
            return result

        def unload(self) -> None:
            super().unload()
            (Path(os.environ[FOLDER]) / UNLOADED).touch()

        @property
        def held_bytes(self) -> tuple[int | None, int | None]:
            """Asked for each second, and after each job."""
            _answer()
            return super().held_bytes

    _watch_photos()
    LandmarkEngine.fuse = short  # type: ignore[method-assign]
    UnetEngine.__init__ = made  # type: ignore[method-assign]
    return Observed


def _watch_photos() -> None:
    """Each that is decoded from now on."""
    from fusion.photos import decode

    read = decode.read

    def noted(*args: Any) -> Any:
        made = read(*args)
        watch("photos", made.pixels)
        return made

    vars(decode)["read"] = noted


def _take_shortage() -> bool:
    """Whether memory runs out once more."""
    file = Path(os.environ[FOLDER]) / SHORTAGES
    left = int(file.read_text()) if file.exists() else 0
    file.write_text(str(max(0, left - 1)))
    return left > 0


_answering = threading.Lock()


def _answer() -> None:
    with _answering:
        folder = Path(os.environ[FOLDER])
        if (folder / QUESTION).exists():
            (folder / QUESTION).unlink()
            (folder / "part").write_text(json.dumps(leftovers()))
            (folder / "part").rename(folder / ANSWER)


def __getattr__(name: str) -> Any:
    if name == "ObservedPipeline":
        return observed()
    raise AttributeError(name)


def command_line(arguments: list[str]) -> None:
    """As `python -m fusion` with these arguments."""
    from fusion.cli.commands import main
    from fusion.pipeline import pipeline

    vars(pipeline)["Pipeline"] = observed()
    print(main(arguments), file=sys.stderr)


def pages(paths: list[str]) -> None:
    """Photos as a visitor gives them, the last of which stays refused on a desk."""
    from fusion.types import Role
    from pages.parts.session import Slot
    from pages.parts.session.photo_slot import filled

    _watch_photos()
    desk: list[Slot] = [Slot()]
    for path in paths:
        desk[0] = filled(Role.TARGET, Path(path).read_bytes(), path, 0)
    _desks.append(desk)
    print(desk[0].error and desk[0].error.reason, file=sys.stderr)


_desks: list[list[Any]] = []

if __name__ == "__main__":
    {"cli": command_line, "pages": pages}[sys.argv[1]](sys.argv[2:])
    print(json.dumps(leftovers()))
