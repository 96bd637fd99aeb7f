"""Somebody at a page, without a browser: speaks Streamlit's own protocol and times its scripts. For `benchmarks.soak`.

It does what Streamlit's own page does: asks for a run as it opens, runs each fragment again at the interval that the
server names until the next whole run, remembers large messages so that they are not sent again. It draws nothing and
loads no picture. Of Streamlit it takes the types of the protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: TID251
from streamlit.proto.ClientState_pb2 import ClientState  # noqa: TID251
from streamlit.proto.Delta_pb2 import Delta  # noqa: TID251
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: TID251
from streamlit.proto.WidgetStates_pb2 import WidgetState  # noqa: TID251
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

STREAM = "/_stcore/stream"
REMEMBERED_RUNS = 2  # for which a large message is not sent again, as the page does it
ANSWER_S = 30.0


class Kind(StrEnum):
    """Why a script ran."""

    FULL = "full"  # somebody changed something
    FRAGMENT = "fragment"  # a part of the page brings itself up to date
    PRESS = "press"  # of a button; the one that fuses waits a moment for the result, on purpose


@dataclass(frozen=True, slots=True)
class Run:
    """A script's run as who asked for it met it: seconds from asking to its end."""

    page: str
    kind: Kind
    seconds: float


class _Asked(NamedTuple):
    at: float  # s, monotonic
    fragment: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Widget:
    id: str
    kind: str
    label: str
    fragment: str
    is_disabled: bool
    span: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of a slider: least, most, step


@dataclass(slots=True, eq=False)
class Visitor:
    """One session.

    Args:
        url: of the app.
        page: the path of the page, "" for the first one.
    """

    url: str
    page: str
    runs: list[Run] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    superseded: int = 0
    widgets: dict[str, _Widget] = field(default_factory=dict)
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _asked: list[_Asked] = field(default_factory=list)
    _timers: dict[str, tuple[float, asyncio.Task[None]]] = field(default_factory=dict)
    _known: dict[str, int] = field(default_factory=dict)  # large messages, and the run in which they last came
    _count: int = 0
    _hash: str = ""
    _is_gone: bool = False
    _run: tuple[float, frozenset[str]] = (0.0, frozenset())
    _socket: ClientConnection | None = None
    _listener: asyncio.Task[None] | None = None

    async def open(self) -> float:
        """Come, and wait for the page: seconds."""
        stream, names = self.url.replace("http", "ws", 1) + STREAM, [Subprotocol("streamlit")]
        self._socket = await connect(stream, origin=Origin(self.url), subprotocols=names, max_size=None)
        self._listener = asyncio.create_task(self._listen(self._socket))
        await self.run()
        return self.runs.pop().seconds if self.runs else ANSWER_S

    async def close(self) -> None:
        """Go."""
        self._is_gone = True
        self._stop_timers(tuple(self._timers))
        if self._socket is not None and self._listener is not None:
            await self._socket.close()
            await self._listener

    async def run(self, *states: WidgetState, fragment: str = "") -> None:
        """Ask for a run and wait for its end."""
        await self._ask(fragment, *states)
        asked, until = self._asked[-1], time.monotonic() + ANSWER_S
        while asked in self._asked:
            if time.monotonic() > until:
                self.faults.append(f"{self._here}: no answer within {ANSWER_S:g} s")
                self._asked.remove(asked)
            await asyncio.sleep(0.005)

    async def press(self, label: str) -> bool:
        """Press a button, if it is there and can be pressed."""
        if found := self._find("button", label):
            await self.run(WidgetState(id=found.id, trigger_value=True), fragment=found.fragment)
        return found is not None

    async def tick(self, label: str) -> bool:
        """Tick a box whose label begins so, if it is there."""
        if found := self._find("checkbox", label):
            await self.run(WidgetState(id=found.id, bool_value=True), fragment=found.fragment)
        return bool(found)

    async def fiddle(self, chance: random.Random) -> None:
        """Move some slider of the page; where there is none outside fragments, just run the page."""
        here = [each for each in self.widgets.values() if not each.fragment and not each.is_disabled]
        sliders = [each for each in here if each.kind == "slider" and each.span[2] > 0]
        if not sliders:
            return await self.run()
        chosen = chance.choice(sliders)
        (least, most, step), state = chosen.span, WidgetState(id=chosen.id)
        state.double_array_value.data.append(least + step * chance.randint(0, round((most - least) / step)))
        await self.run(state)

    @property
    def _here(self) -> str:
        return self.page or "fuse"

    def _find(self, kind: str, label: str) -> _Widget | None:
        fits = (each for each in self.widgets.values() if each.kind == kind and not each.is_disabled)
        return next((each for each in fits if each.label.startswith(label)), None)

    async def _ask(self, fragment: str, *states: WidgetState, is_auto: bool = False) -> None:
        assert self._socket is not None
        asked = ClientState(
            page_script_hash=self._hash,
            page_name="" if self._hash else self.page,
            fragment_id=fragment,
            is_auto_rerun=is_auto,
            cached_message_hashes=self._known,
        )
        asked.context_info.locale, asked.context_info.timezone = "en-US", "UTC"
        asked.context_info.url = f"{self.url}/{self.page}"
        triggers = [state for state in states if state.trigger_value]
        kind = Kind.PRESS if triggers else Kind.FRAGMENT if fragment else Kind.FULL
        self._states |= {state.id: state for state in states if not state.trigger_value}
        asked.widget_states.widgets.extend([*self._states.values(), *triggers])
        self._asked.append(_Asked(time.monotonic(), fragment, kind))
        await self._socket.send(BackMsg(rerun_script=asked).SerializeToString())

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            while True:
                self._take(ForwardMsg.FromString(await socket.recv(decode=False)))
        except ConnectionClosed as closed:
            self.faults += [] if self._is_gone else [f"{self._here}: the server has hung up: {closed}"]

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._begin(message)
        elif kind == "delta":
            self._draw(message)
        elif kind == "ref_hash":
            self._known[message.ref_hash] = self._count
        elif kind == "script_finished":
            self._end(message.script_finished)
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._drop(message.stop_auto_rerun.fragment_ids)
        elif kind == "page_not_found":
            self.faults.append(f"there is no page {self.page}")

    def _begin(self, message: ForwardMsg) -> None:
        self._run = (time.monotonic(), frozenset(message.metadata.run.fragment_ids))
        if not self._run[1]:
            self._hash = message.new_session.page_script_hash
            self.widgets.clear()
            self._stop_timers(tuple(self._timers))

    def _draw(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._known[message.hash] = self._count
        kind = message.delta.new_element.WhichOneof("type")
        if kind == "exception":
            self.faults.append(f"{self._here}: {message.delta.new_element.exception.message}")
        elif kind in ("button", "checkbox", "slider"):
            self.widgets[getattr(message.delta.new_element, kind).id] = _widget(kind, message.delta)

    def _end(self, how: int) -> None:
        began, fragments = self._run
        if how == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        for asked in [asked for asked in self._asked if asked.at <= began]:
            self._asked.remove(asked)
            if fragments and asked.fragment not in fragments:
                self.superseded += 1  # Streamlit forgets a fragment when another asks at once: its turn comes again
            else:  # a whole run answers for fragments too
                self.runs.append(Run(self.page, asked.kind, time.monotonic() - asked.at))
        if not fragments:
            self._count += 1
            self._known = {key: run for key, run in self._known.items() if self._count - run <= REMEMBERED_RUNS}

    def _repeat(self, fragment: str, interval: float) -> None:
        if fragment not in self._timers or self._timers[fragment][0] != interval:
            self._stop_timers((fragment,))
            self._timers[fragment] = (interval, asyncio.create_task(self._tick(fragment, interval)))

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            late = [each for each in self._asked if each.fragment and time.monotonic() - each.at > ANSWER_S]
            self.faults += [f"{self._here}: a fragment has no answer within {ANSWER_S:g} s"] * len(late)
            self._asked = [each for each in self._asked if each not in late]
            with contextlib.suppress(ConnectionClosed):
                await self._ask(fragment, is_auto=True)

    def _drop(self, fragments: Iterable[str]) -> None:
        """The server answers nothing any more for fragments that are gone."""
        gone = set(fragments)
        self._stop_timers(gone)
        self._asked = [asked for asked in self._asked if asked.fragment not in gone]

    def _stop_timers(self, fragments: Iterable[str]) -> None:
        for fragment in fragments:
            if fragment in self._timers:
                self._timers.pop(fragment)[1].cancel()


def _widget(kind: str, delta: Delta) -> _Widget:
    found = getattr(delta.new_element, kind)
    span = (found.min, found.max, found.step) if kind == "slider" else (0.0, 0.0, 0.0)
    return _Widget(found.id, kind, found.label, delta.fragment_id, found.disabled, span)
