"""A search for faces tells nobody of it: photos stay on the machine, and so does that there were any.

onnxruntime and mediapipe hold, in some of their versions, code that reports their use to their makers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.overheard import Overheard, can_listen, listen

pytestmark = pytest.mark.skipif(not can_listen(), reason="needs gcc, and Linux's loader to put its library first")

ASK = """
import socket
try:
    socket.getaddrinfo("example.org", 443)
except socket.gaierror:
    pass
with socket.socket() as stranger:
    print(stranger.connect_ex(("192.0.2.1", 9)))
"""
SEARCH = """
from fusion.faces import FaceFinder
from tests.support.fixtures.photos import astronaut

with FaceFinder() as finder:
    print(len(finder.find(astronaut()).faces))
"""


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Overheard:
    """From the first import of the libraries to the end of their process."""
    return listen(tmp_path_factory.mktemp("search"), SEARCH)


def test_whoever_asks_for_a_name_or_an_address_is_heard_and_refused(tmp_path: Path) -> None:
    asked = listen(tmp_path, ASK).asked
    assert "getaddrinfo example.org" in asked
    assert "connect 192.0.2.1" in asked


def test_a_search_asks_nobody_for_anything(search: Overheard) -> None:
    assert search.printed == "1\n"
    assert search.asked == []


def test_a_search_leaves_no_number_of_this_machine_to_be_sent_later(search: Overheard) -> None:
    """onnxruntime's uploader wakes only after some seconds; what it is to send lies there as soon as it is loaded."""
    fonts = ".cache/matplotlib/"  # a list of those that are installed: mediapipe imports matplotlib
    assert [file for file in search.left if not file.startswith(fonts)] == []
