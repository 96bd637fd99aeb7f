"""The examples in docs/python.md and in the docstrings are run, and are right."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fusion.scripting import call
from tests.support import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"PosixPath\(")


def run(examples: doctest.DocTest) -> tuple[doctest.TestResults, str]:
    """How many were tried, how many failed, and what is said of those."""
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    out: Callable[[str], object] = said.append
    with ThreadPoolExecutor(max_workers=1) as thread:  # a browser that drives other tests has an event loop in this one
        return thread.submit(runner.run, examples, out=out).result(), "".join(said)


def test_the_page_is_right(sample_pair: tuple[bytes, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in zip(("target.png", "source.jpg"), sample_pair, strict=True):
        (tmp_path / name).write_bytes(data + b"\0")  # or they would need no consent
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    text = _PATH.sub(f"{type(Path()).__name__}(", "\n".join(BLOCK.findall(page)))
    done, said = run(doctest.DocTestParser().get_doctest(text, {}, "python.md", None, None))
    assert (done.failed, said) == (0, "")
    assert done.attempted > 15
    assert (tmp_path / "fused.png").is_file()


def test_the_docstrings_are_right() -> None:
    found = [each for each in doctest.DocTestFinder().find(call) if each.examples]
    assert {each.name.rpartition(".")[2] for each in found} == {"fuse", "fuse_async"}
    for each in found:
        done, said = run(each)
        assert (done.failed, said) == (0, "")
