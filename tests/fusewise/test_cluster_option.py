"""`fusewise run --cluster`: what it accepts."""

from __future__ import annotations

import os

import pytest

from fusewise import cli, serve


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that would have been started."""
    found: list[list[str]] = []
    monkeypatch.setattr(serve, "serve", found.append)
    monkeypatch.setenv("FUSEWISE_RAY_ADDRESS", "")
    return found


@pytest.mark.parametrize("address", ["auto", "192.0.2.1:6379", "head.example:6379"])
def test_the_app_is_told_of_the_cluster(served: list[list[str]], address: str) -> None:
    assert cli.main(["run", "--cluster", address]) == 0
    assert os.environ["FUSEWISE_RAY_ADDRESS"] == address
    assert len(served) == 1


def test_what_is_no_address_is_refused_before_anything_starts(
    served: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--cluster", "nearby"]) == 2
    assert "FUSEWISE_RAY_ADDRESS" in capsys.readouterr().err
    assert served == []
