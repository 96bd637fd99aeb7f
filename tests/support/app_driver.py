"""Drives the app as the tests of its pages need it: in process, from its entry point, without a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from streamlit.testing.v1 import AppTest

from fusion.types import Role
from pages.parts.session import Desk
from tests.support import ROOT
from tests.support.fixtures.photos import saved
from tests.support.waiting import SECONDS

T = TypeVar("T")
ENTRY = ROOT / "streamlit_app.py"


def session() -> AppTest:
    """A new session, before its first run."""
    return AppTest.from_file(ENTRY, default_timeout=SECONDS)


def desk(at: AppTest) -> Desk:
    """What the session has on its desk."""
    found: Desk = at.session_state["desk"]
    return found


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def with_samples(at: AppTest) -> AppTest:
    run(at).button(key="sample").click()
    return run(at)


def until(at: AppTest, reached: Callable[[AppTest], bool]) -> AppTest:
    """Draws the page again and again; as long as that takes, the processor is left to what is waited for."""
    end = time.monotonic() + SECONDS
    began = time.monotonic()
    while not reached(run(at)):
        assert time.monotonic() < end, [element.value for element in at.error] or "it took too long"
        time.sleep(max(0.1, time.monotonic() - began))
        began = time.monotonic()
    return at


def agreed(at: AppTest) -> AppTest:
    """The box ticked, whether it is for the session or for each job."""
    at.checkbox(key=desk(at).agreed.key("consent")).check()
    return run(at)


def fused(at: AppTest) -> AppTest:
    agreed(with_samples(at)).button(key="fuse").click()
    return until(at, lambda at: desk(at).job is None and (desk(at).result is not None or bool(at.error)))


def png(pixels: np.ndarray) -> bytes:
    return saved(pixels, "PNG")


def upload(at: AppTest, role: Role, name: str, data: bytes) -> AppTest:
    at.file_uploader(key=f"upload_{role}_{desk(at).slots[role].turn}").upload(name, data)
    return run(at)


def awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns. In a thread of its own: a browser that drives other tests has a loop in this one.

    The one way to run one: `tests/test_shape.py` looks for others.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def texts(at: AppTest) -> str:
    kinds = (at.title, at.markdown, at.caption, at.error, at.info, at.warning, at.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return run(at)


def keys(at: AppTest, start: str) -> list[str]:
    """Of the buttons whose keys begin so."""
    return [button.key for button in at.button if button.key and button.key.startswith(start)]


def has_button(at: AppTest, key: str) -> bool:
    return any(button.key == key for button in at.button)
