"""What the pages say where the database cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from fusion.storage import FILE
from tests.support.app_driver import run, session


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database that is none, where the server looks for its own."""
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    st.cache_resource.clear()
    file = tmp_path / FILE
    file.write_bytes(b"this is no database" * 100)
    yield file
    st.cache_resource.clear()


def test_a_damaged_database_is_named_on_every_page_with_what_to_do(damaged: Path) -> None:
    at = run(session())
    for page in ("studio/fuse.py", "studio/batch.py", "studio/history.py"):
        at.switch_page(f"pages/{page}")
        (error,) = run(at).error
        assert str(damaged) in error.value
        assert "move it away" in error.value
    chinese = session()
    chinese.query_params["lang"] = "zh"
    assert "无法使用数据库" in run(chinese).error[0].value
    at.switch_page("pages/machine/gpu.py")
    run(at)
    assert damaged.read_bytes().startswith(b"this is no database"), "it is left as it is"
