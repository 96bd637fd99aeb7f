"""The supervisor: whatever a worker says, and whatever those raise who are told, the next worker comes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fusion.errors import FusionError
from fusion.types import Precision
from fusion.worker import Able, Listener, Supervisor, protocol
from fusion.worker.protocol import Beat, Cancel, Event, Moved, Ready
from tests.fusion.worker.test_requests import GARBAGE
from tests.support.odd import NAMES, errors
from tests.support.waiting import until

READY = protocol.encode(Ready("cpu", {}))
MOVED = b'{"kind":"Moved","id":"a","progress":["running","fuse",0.5,null]}\n'


class Ear:
    """Told of a worker's life; fails once at the callback that it is told to."""

    def __init__(self, fails: str = "", error: BaseException | None = None, *, stays: bool = True) -> None:
        self.fails, self.error, self.stays = fails, error, stays
        self.events: list[Event] = []
        self.deaths: list[tuple[int, FusionError | None]] = []
        self.dead: list[tuple[FusionError, bool]] = []
        self.readies = 0

    def listener(self) -> Listener:
        return Listener(self._ready, self._event, self._death, self._dead, self._born)

    def _tell(self, name: str) -> None:
        if name == self.fails and self.error is not None:
            error, self.error = self.error, None
            raise error

    def _ready(self) -> None:
        self._tell("ready")
        self.readies += 1

    def _event(self, event: Event) -> None:
        self._tell("event")
        self.events.append(event)

    def _death(self, code: int, fault: FusionError | None) -> bool:
        self.deaths.append((code, fault))
        self._tell("death")
        return False

    def _dead(self, error: FusionError, may_pass: bool) -> None:
        self.dead.append((error, may_pass))
        self._tell("dead")

    def _born(self, pid: int) -> None:
        self._tell("born")


Make = Callable[[Ear, list[bytes | None]], Supervisor]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A supervisor whose workers say a text each, one after the other, and wait; None: the system refuses to start it.

    The last of them is started again and again.
    """
    made: list[Supervisor] = []
    monkeypatch.setattr("fusion.worker.supervisor._BACK_OFF_S", (0.0,))

    def build(ear: Ear, texts: list[bytes | None]) -> Supervisor:
        said = tmp_path / "said"

        def spawn(log: Path, card: str | None, *, ready_first: bool) -> subprocess.Popen[bytes]:
            text = texts.pop(0) if len(texts) > 1 else texts[0]
            if text is None:
                raise OSError(11, "Resource temporarily unavailable")
            said.write_bytes(text)
            speak = f"import sys; sys.stdout.buffer.write(open({str(said)!r}, 'rb').read()); sys.stdout.flush()"
            script = f"{speak}; sys.stdin.read()" if ear.stays else speak
            return subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        monkeypatch.setattr("fusion.worker.supervisor.spawn", spawn)
        supervisor = Supervisor(tmp_path / "worker.log", ear.listener())
        made.append(supervisor)
        supervisor.start()
        return supervisor

    yield build
    for supervisor in made:
        supervisor.close()


CASES = [(name, number) for name in ("ready", "event", "born", "death") for number in range(len(NAMES))]


@pytest.mark.parametrize(("callback", "number"), CASES, ids=[f"{name}-{NAMES[number]}" for name, number in CASES])
def test_an_error_in_a_callback_is_a_death_like_any_other(make: Make, callback: str, number: int) -> None:
    ear = Ear(callback, errors()[number])
    first = READY + (b"nonsense\n" if callback == "death" else MOVED)
    supervisor = make(ear, [first, READY + MOVED])
    until(lambda: supervisor.view().state == "ready" and len(ear.events) == 1)
    assert ear.error is None, "it was raised"
    assert len(ear.deaths) == 1
    code, fault = ear.deaths[0]
    assert code == -9, "it was killed"
    assert isinstance(fault, FusionError)


@pytest.mark.parametrize("line", GARBAGE, ids=range(len(GARBAGE)))
def test_a_worker_that_talks_nonsense_is_replaced_and_it_is_told(
    make: Make, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    supervisor = make(ear, [READY + line + b"\n", READY])
    until(lambda: ear.readies == 2)
    assert isinstance(ear.deaths[0][1], FusionError)
    assert supervisor.view().state == "ready"
    assert supervisor.error is None, "the next one is understood"
    assert "understand failed" in caplog.text


def test_one_that_has_left_its_card_is_shown_where_it_is_and_is_no_new_one(make: Make) -> None:
    ear = Ear()
    able = Able("cpu", 8, 2.0, False, "lanczos", Precision.FLOAT32, (Precision.FLOAT32,))
    beat = Beat(1234)
    said: list[Event] = [Ready("A card", {}, replace(able, kind="cuda")), beat, Ready("cpu", {}, able)]
    supervisor = make(ear, [b"".join(map(protocol.encode, said)) + MOVED])
    until(lambda: len(ear.events) == 1)
    view = supervisor.view()
    assert (view.state, view.device, view.able, view.resident_bytes) == ("ready", "cpu", able, 1234)
    assert view.pid is not None
    assert (ear.readies, ear.deaths) == (1, [])


def test_half_a_line_of_one_that_died_as_it_wrote_is_no_nonsense(make: Make) -> None:
    ear = Ear(stays=False)
    supervisor = make(ear, [READY + MOVED[:20]])
    until(lambda: bool(ear.dead))
    assert {fault for _, fault in ear.deaths} == {None}
    assert supervisor.error is None


def test_a_line_without_end_is_not_read_for_ever(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.worker.supervisor._LINE_BYTES", 1000)
    ear = Ear()
    make(ear, [READY + b"x" * 5000, READY])
    until(lambda: ear.readies == 2)


def test_one_that_cannot_be_started_is_given_up_and_may_be_tried_again(make: Make) -> None:
    ear = Ear()
    supervisor = make(ear, [None, None, None, READY])
    until(lambda: bool(ear.dead))
    view = supervisor.view()
    assert view.state == "dead"
    assert view.error is not None
    assert view.error.reason == "worker_start"
    assert "unavailable" in str(view.error.details["why"])
    assert view.retry_at is not None
    assert ear.dead == [(view.error, False)], "none has ever worked: that does not pass by itself"
    supervisor.start()
    until(lambda: supervisor.view().state == "ready")
    assert supervisor.error is None
    assert supervisor.view().retry_at is None


def test_one_that_has_worked_before_may_work_again(make: Make) -> None:
    ear = Ear(stays=False)
    make(ear, [READY])
    until(lambda: bool(ear.dead))
    assert ear.dead[0][1]
    assert len(ear.deaths) == 3


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_an_error_in_telling_that_it_is_dead_leaves_it_dead_and_startable(make: Make, number: int) -> None:
    ear = Ear("dead", errors()[number])
    supervisor = make(ear, [None, None, None, READY])
    until(lambda: bool(ear.dead))
    until(lambda: supervisor.error is not None)
    supervisor.start()
    until(lambda: supervisor.view().state == "ready")


def test_nothing_can_be_sent_to_one_that_is_closed(make: Make) -> None:
    ear = Ear()
    supervisor = make(ear, [READY])
    until(lambda: supervisor.view().state == "ready")
    assert supervisor.send(Cancel("a"))
    supervisor.close()
    assert not supervisor.send(Cancel("a"))
    assert not supervisor.kill()


def test_events_arrive_in_order(make: Make) -> None:
    ear = Ear()
    make(ear, [READY + MOVED * 3])
    until(lambda: len(ear.events) == 3)
    assert all(isinstance(event, Moved) for event in ear.events)
