"""Questions to the system that may never be answered, such as one about a disk on a share that is gone.

Each is put by a thread of its own, which is given up when it takes too long. There is never more than one for a
question: while it hangs, whoever asks the same is told so at once. Unlike a driver's (`advisor.driver.probe`), such
calls end with their process.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Call:
    began: float
    answer: Future[Any] = field(default_factory=Future)


_lock = threading.Lock()
_calls: dict[Hashable, _Call] = {}


def within(seconds: float, question: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` returns, or raises.

    Args:
        question: what is asked; who asks it at the same time gets the same answer.

    Raises:
        TimeoutError: it takes longer, or has been taking longer since it was asked before. An `OSError`.
    """
    with _lock:
        call = _calls.get(question)
        if call is None or call.answer.done():
            call = _calls[question] = _Call(time.monotonic())
            threading.Thread(target=_put, args=(call, ask), name=f"asks {question}", daemon=True).start()
    try:
        return cast(T, call.answer.result(max(0.0, call.began + seconds - time.monotonic())))
    except TimeoutError as error:
        if call.answer.done():
            raise  # by `ask` itself
        raise TimeoutError(f"no answer within {seconds:g} s: {question}") from error
    finally:
        with _lock:
            if call.answer.done() and _calls.get(question) is call:
                del _calls[question]


def _put(call: _Call, ask: Callable[[], object]) -> None:
    try:
        call.answer.set_result(ask())
    except BaseException as error:  # whatever it is, it is for who asked
        call.answer.set_exception(error)


def _begin_anew() -> None:
    """In a forked child: its parent's threads are not there."""
    global _lock
    _lock = threading.Lock()
    _calls.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
