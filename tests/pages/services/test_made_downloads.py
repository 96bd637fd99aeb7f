"""A download that has begun is not cut off by what other parts of the page do, and is forgotten in the end."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from pages.parts.services.made_downloads import Downloads


@pytest.fixture
def manager() -> MediaFileManager:
    """Streamlit's, as a server has it."""
    return MediaFileManager(MemoryMediaFileStorage("/media"))


def made(manager: MediaFileManager) -> str:
    """The id of a file that a click on a button has made."""
    button = manager.add_deferred(lambda: b"a picture", "image/png", "1.0", "fused.png")
    return PurePosixPath(manager.execute_deferred(button)).stem


def test_a_file_waits_for_its_browser_while_scripts_end(manager: MediaFileManager) -> None:
    Downloads(manager)
    file = made(manager)
    for _ in range(8):
        manager.remove_orphaned_files()
    manager.clear_session_refs()
    kept = manager.read_file(file)
    assert kept is not None
    assert kept.content == b"a picture"


def test_streamlit_alone_forgets_it_at_once(manager: MediaFileManager) -> None:
    """Where this fails, the module that is tested here can go."""
    file = made(manager)
    for _ in range(2):
        manager.remove_orphaned_files()
    assert manager.read_file(file) is None


def test_a_file_is_forgotten_once_its_time_is_over_though_no_script_runs(manager: MediaFileManager) -> None:
    downloads = Downloads(manager, keep_s=0.0)
    file = made(manager)
    downloads.sweep()
    assert manager.read_file(file) is None


def test_what_is_no_download_goes_as_before(manager: MediaFileManager) -> None:
    Downloads(manager)
    picture = PurePosixPath(manager.add(b"shown", "image/png", "1.1")).stem
    manager.clear_session_refs()
    manager.remove_orphaned_files()
    assert manager.read_file(picture) is None
