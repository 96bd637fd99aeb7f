"""The examples of docs/api.md do what they say, as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion.verification import verify
from tests.support import ROOT
from tests.support.served import Served, alone

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8502"
FENCE = re.compile(r"^```(sh|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = FENCE.findall(PAGE)


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With the limits of photos as they are."""
    with alone(tmp_path_factory.mktemp("examples")) as server:
        yield server


def command(kind: str) -> list[str]:
    """What runs an example that stands in the last word."""
    if kind == "python":
        return [sys.executable, "-c"]
    program = shutil.which({"sh": "curl", "js": "node"}[kind])
    if program is None:
        pytest.skip(f"needs {'node' if kind == 'js' else 'curl'}, which is not installed")
    return ["sh", "-c"] if kind == "sh" else [program, "-e"]


def test_there_is_one_for_each() -> None:
    assert [kind for kind, _ in EXAMPLES] == ["sh", "python", "js"]


@pytest.mark.parametrize(("kind", "text"), EXAMPLES, ids=[kind for kind, _ in EXAMPLES])
def test_an_example_makes_a_picture(
    kind: str, text: str, open_server: Served, tmp_path: Path, sample_pair: tuple[bytes, bytes]
) -> None:
    words = command(kind)
    (tmp_path / "target.png").write_bytes(sample_pair[0])
    (tmp_path / "source.jpg").write_bytes(sample_pair[1])
    assert ADDRESS in text
    here = text.replace(ADDRESS, open_server.url)
    done = subprocess.run([*words, here], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert verify((tmp_path / "result.png").read_bytes()).verdict == "claimed"


def test_the_addresses_that_are_listed_are_there() -> None:
    from api.routes import handlers

    listed = set(re.findall(r"/v1/[a-z/{}]+", PAGE))
    assert {path for path in listed if path not in handlers()} == set()
    assert {path for path in handlers() if path.startswith("/v1/") and path.rpartition("/")[2] != "diagnosis"} <= listed
