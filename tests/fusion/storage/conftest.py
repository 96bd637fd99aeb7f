"""What tests of the database share: an empty one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.storage import App, Archive, Records, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "fusewise.db")


@pytest.fixture
def records(store: Store) -> Records:
    return Records(store, App.this())


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store)
