"""The API alone, over the pipeline of tests, for a file of tests at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.served import Served, alone


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As it starts by default, but for the limit of a photo: 0.05 MiB."""
    with alone(tmp_path_factory.mktemp("alone"), FUSEWISE_MAX_UPLOAD_MB="0.05") as found:
        yield found
