"""The command line where results are to be signed and cannot be: it says so before any work, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.__main__ import main
from tests.support.fixtures.chains import chain


@pytest.fixture(autouse=True)
def _unsignable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate whose key is another one's."""
    cert, key = chain().lay(tmp_path)
    key.write_bytes(chain("Others").key)
    monkeypatch.setenv("FUSEWISE_C2PA_CERT", str(cert))
    monkeypatch.setenv("FUSEWISE_C2PA_KEY", str(key))


@pytest.mark.parametrize("command", [["--sample", "-o"], ["batch", "--target", "T", "--source", "S", "-o"]])
def test_nothing_is_begun(
    command: list[str], sample_files: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    photos = dict(zip("TS", map(str, sample_files), strict=True))
    out = tmp_path / "results" / "out.png"
    assert main([*(photos.get(word, word) for word in command), str(out)]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "FUSEWISE_C2PA_KEY" in told.err
    assert not out.exists()
