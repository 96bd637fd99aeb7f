"""Files between a browser and the page that takes them: kept by Streamlit, let go here.

Streamlit keeps every upload in memory until its session has ended and been collected. Here a file goes as soon as a
page has taken it, and where its box is no longer drawn: another way was chosen, or another page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile
from streamlit.typing import UploadedFile

from fusion.units import MB, MIB
from pages.parts.services import upkeep

_KEPT = "uploads"


@dataclass(slots=True)
class _Boxes:
    """Files that lie in boxes of a session's page: as it was drawn last, and as far as it is drawn now."""

    before: set[str] = field(default_factory=set)
    now: set[str] = field(default_factory=set)
    told: Callable[[set[str]], None] | None = None


def let_through(most_bytes: int) -> int:
    """How large a file can be of which a page takes so many bytes: Streamlit's server has a limit of its own."""
    server: int = st.get_option("server.maxUploadSize")
    return min(most_bytes, server * MIB)


def in_mib(most_bytes: int) -> float:
    """A limit as people are told of it."""
    return round(most_bytes / MIB, 2)


def box_size(most_bytes: int) -> int:
    """`max_upload_size` of a box whose browser shall refuse no file that is taken; the page refuses what is larger.

    Streamlit's page counts it in MiB on Windows and in MB anywhere else, its server in MiB.
    """
    return math.ceil(most_bytes / MB)


def box(label: str, **options: Any) -> UploadedFile | None:
    """A box for one file: `st.file_uploader`."""
    file = st.file_uploader(label, **options)
    _boxes().now |= {file.file_id} if file is not None else set()
    return cast("UploadedFile | None", file)


def boxes(label: str, **options: Any) -> list[UploadedFile]:
    """A box for many files."""
    files = cast("list[UploadedFile]", st.file_uploader(label, accept_multiple_files=True, **options))
    _boxes().now |= {file.file_id for file in files}
    return files


def given(key: str) -> UploadedFile | None:
    """What lies in the box of this key, for its callback: nothing where an earlier run of the page has taken it.

    The browser tells of a file until it has heard that its box is gone. What is done on the page until then comes with
    the file once more.
    """
    file: UploadedFile | DeletedFile | None = st.session_state[key]
    return None if isinstance(file, DeletedFile) else file


def take(file: UploadedFile) -> bytes:
    """The bytes, which nothing else keeps from now on."""
    data = file.getvalue()
    release([file.file_id])
    return data


@contextmanager
def taking(files: Sequence[UploadedFile]) -> Iterator[list[tuple[str, bytes]]]:
    """Their names and bytes, which nothing else keeps once the block has come to its end.

    What somebody does meanwhile may cut a page's run off: then they are still there for the next one.
    """
    yield [(file.name, file.getvalue()) for file in files]
    release([file.file_id for file in files])


def release(ids: Iterable[str]) -> None:
    """Have Streamlit forget files of this session."""
    here = get_script_run_ctx()
    if here is None:
        return
    manager = cast(MemoryUploadedFileManager, here.uploaded_file_mgr)
    for id in ids:
        manager.remove_file(here.session_id, id)
    upkeep().soon()


def tell(gone: Callable[[set[str]], None]) -> None:
    """Have somebody told of the files that this session lets go."""
    _boxes().told = gone


def begin() -> None:
    """A page begins to be drawn, as a whole."""
    _boxes().now = set()


def end() -> None:
    """A page has been drawn: what lay in its boxes before and does no more is let go."""
    upkeep().drawn()
    here = _boxes()
    gone, here.before = here.before - here.now, here.now
    if gone:
        release(gone)
        if here.told is not None:
            here.told(gone)


def _boxes() -> _Boxes:
    kept: _Boxes = st.session_state.setdefault(_KEPT, _Boxes())
    return kept
