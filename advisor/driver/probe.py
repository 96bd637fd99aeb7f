"""Asks the driver about its cards: `python -m advisor.driver.probe`, started by `client` and by nobody else.

A call into a driver that hangs never returns, heeds no signal, and takes its thread with it. Here it takes this process
alone, which whoever asks can end, or leave behind: a hung thread would keep the asking process from ending, too.

Each line on the input is a question, and gets one line on the output: an `advisor.driver.answer.Answer`. The first line
of all says that questions may come. When the input ends, so does this process, also while the driver holds its main
thread.
"""

from __future__ import annotations

import math
import os
import queue
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import TextIO

from advisor.driver.answer import Answer
from advisor.driver.gpu import Gpu, Unread
from advisor.driver.nvml import Driver, Unreadable, close_driver, open_driver
from advisor.driver.read_gpu import read_card
from advisor.driver.reasons import Reason

READY = "ready"
_GOODBYE_S = 1.0  # for closing the driver in order


class Cards:
    """The driver, opened once. Where it cannot be opened, or a card is lost, everything is opened anew by a later read.

    Args:
        retry_s: no two openings within so long: opening can take long.
    """

    def __init__(self, retry_s: float) -> None:
        self._retry_s = retry_s
        self._driver: Driver | None = None
        self._why: Reason | None = None
        self._opened_s = -math.inf
        self._retry_at = -math.inf

    def close(self) -> None:
        """Let go of the driver."""
        if self._driver is not None:
            close_driver()
            self._driver = None

    def read(self) -> Answer:
        """The cards now. Raises nothing for what a driver or a card may do."""
        self._refresh()
        if self._driver is None:
            return Answer(why=self._why)
        gpus: list[Gpu] = []
        unread = list(self._driver.unread)
        for card in self._driver.cards:
            try:
                gpus.append(read_card(card))
            except Unreadable as error:
                unread.append(Unread(card.fixed.index, error.reason))
                self._retry_at = min(self._retry_at, self._opened_s + self._retry_s)
        return Answer(_told_apart(gpus), unread=tuple(sorted(unread, key=lambda each: each.index)))

    def _refresh(self) -> None:
        """Open the driver if that is due: at first, and after a failure or a loss."""
        now = time.monotonic()
        if now < self._retry_at:
            return
        self.close()
        self._opened_s, self._retry_at = now, now + self._retry_s
        try:
            self._driver, self._why = open_driver(), None
        except Unreadable as error:
            self._why = error.reason
            return
        if all(card.why is not Reason.LOST for card in self._driver.unread):
            self._retry_at = math.inf


def _told_apart(gpus: list[Gpu]) -> tuple[Gpu, ...]:
    """A UUID that several cards give names none of them."""
    times = Counter(gpu.uuid for gpu in gpus)
    return tuple(gpu if times[gpu.uuid] == 1 else replace(gpu, uuid=None) for gpu in gpus)


def _listen(asked: queue.SimpleQueue[bool]) -> None:
    """Pass the questions on, as a thread, and see to it that this process ends with its input."""
    while os.read(sys.stdin.fileno(), 1):
        asked.put(True)
    asked.put(False)
    time.sleep(_GOODBYE_S)
    os._exit(0)


def _own_output() -> TextIO:
    """The output for answers alone: what a library prints goes where errors go."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def main() -> None:
    """As this file's text says. The argument is `retry_s`."""
    answers = _own_output()
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
    cards = Cards(float(sys.argv[1]))
    threading.Thread(target=_listen, args=(asked,), name="probe's input", daemon=True).start()
    print(READY, file=answers, flush=True)
    while asked.get():
        print(cards.read().to_line(), file=answers, flush=True)
    cards.close()
    os._exit(0)  # not after the thread, which waits


if __name__ == "__main__":
    main()
