"""What tests of several pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from fusion.batches import judging


@pytest.fixture
def any_photo_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos without a face are queued too: the worker of these tests computes nothing."""
    monkeypatch.setattr(judging, "refusal", lambda pair, found, faceless: None)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What sessions share is made for this file alone, in a data folder that holds nobody else's jobs and photos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("own")))
        st.cache_resource.clear()
        yield
        st.cache_resource.clear()
