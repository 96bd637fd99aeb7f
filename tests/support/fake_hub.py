"""A ModelScope hub on this machine: what its client asks for, with tiny files, and whatever can go wrong.

    python -m tests.support.fake_hub [--port 8765] [--megabytes 60] [--rate 4]

serves files of so many MB together at so many MB a second, for looking at the page.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.fake_weights import TINY, content
from tests.support.programs import small_server

EXTRA = ("detector.pb", "keypoints.pb", "configuration.json")  # on the hub, and of no use to us
_BLOCK = 16 * 1024


@dataclass
class FakeHub:
    """What it has and how it behaves; may be changed while it runs.

    Args:
        owner: who has the model; for others it answers 404.
        listing_status, file_status: HTTP status instead of an answer; 200 is an answer.
        cut: bytes of a file after which the connection is closed, once for each number.
        damaged: files whose bytes are not those of the listing.
        bytes_per_second: how fast a file comes; 0 is as fast as it can.
    """

    files: dict[str, bytes]
    owner: str = "damo"
    listing_status: int = 200
    listing: bytes | None = None
    file_status: int = 200
    cut: dict[str, list[int]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    bytes_per_second: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""

    def entries(self) -> list[dict[str, Any]]:
        """As the hub lists them."""
        return [
            {"Path": path, "Type": "blob", "Size": len(data), "Sha256": hashlib.sha256(data).hexdigest()}
            for path, data in self.files.items()
        ]

    def fetched(self) -> list[str]:
        """Which files were asked for, in order."""
        return [path for path, _ in self.asked]


def tiny_files(total: int = 0) -> dict[str, bytes]:
    """The model's files and some that nobody needs; `total` bytes together, or a thousand each."""
    share = {
        "pytorch_model.pt": 0.56,
        "faceEnhance/GPEN-BFR-1024.pth": 0.18,
        "faceRecog/CurricularFace_Backbone.pth": 0.16,
    }
    paths = [*(file.path for file in TINY.files), *EXTRA]
    return {path: content(path, int(total * share.get(path, 0.02)) or 1000) for path in paths}


def settings(hub: FakeHub, folder: Path) -> dict[str, str]:
    """The environment of a machine that has nothing, keeps everything under `folder`, and knows no other hub."""
    return {
        "FUSEWISE_DATA": str(folder / "data"),
        "MODELSCOPE_ENDPOINT": hub.address,
        "MODELSCOPE_HOME": str(folder / "home"),
        "MODELSCOPE_CACHE": str(folder / "cache"),
        "MODELSCOPE_DOWNLOAD_MAX_RETRIES": "0",
        "MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
    }


@contextmanager
def serving(hub: FakeHub, port: int = 0) -> Iterator[FakeHub]:
    """The hub, answering at `hub.address`."""
    with small_server.serving(_handler(hub), port) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        yield hub


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            model = f"/api/v1/models/{hub.owner}/{TINY.name}/repo"
            if url.path == f"{model}/files":
                self._list()
            elif url.path == model:
                self._send_file(parse_qs(url.query)["FilePath"][0])
            elif url.path.endswith("internalAccelerationInfo"):
                self._answer(200, b'{"Data": {}}')
            else:
                self._answer(404, b'{"Code": 404, "Message": "not found"}')

        def _list(self) -> None:
            if hub.listing_status != 200:
                self._answer(hub.listing_status, b'{"Message": "no"}')
                return
            self._answer(200, hub.listing or json.dumps({"Code": 200, "Data": {"Files": hub.entries()}}).encode())

        def _send_file(self, path: str) -> None:
            asked = self.headers.get("Range")
            hub.asked.append((path, asked))
            if hub.file_status != 200 or path not in hub.files:
                self._answer(hub.file_status if path in hub.files else 404, b"{}")
                return
            data = hub.files[path]
            if path in hub.damaged:
                data = bytes(len(data))
            start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(data) - start))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            cuts = hub.cut.get(path)
            self._pour(data[start : cuts.pop(0) if cuts else None])

        def _pour(self, data: bytes) -> None:
            for begin in range(0, len(data), _BLOCK):
                self.wfile.write(data[begin : begin + _BLOCK])
                self.wfile.flush()
                if hub.bytes_per_second:
                    time.sleep(_BLOCK / hub.bytes_per_second)
            self.close_connection = True

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client has gone, which is what cancelling looks like from here
                super().handle()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--megabytes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=4, help="MB a second")
    given = parser.parse_args()
    hub = FakeHub(tiny_files(int(given.megabytes * 1e6)), bytes_per_second=int(given.rate * 1e6))
    with serving(hub, given.port):
        print(f"MODELSCOPE_ENDPOINT={hub.address}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
