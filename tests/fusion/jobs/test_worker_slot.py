"""A lane, with a real worker and the pipeline of tests/support/fake_pipeline.py: every job comes to its end, once."""

from __future__ import annotations

import ast
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fusion.errors import FusionError, Reason
from fusion.jobs.slot_events import Slot
from fusion.jobs.worker_slot import Lane
from fusion.settings import Settings
from fusion.storage import Record
from fusion.types import State
from fusion.worker.protocol import Done, Failed, Fuse, Previewed
from tests.support import fake_pipeline as fake
from tests.support.claims import none_of
from tests.support.odd import errors
from tests.support.queued import PHOTO
from tests.support.rows import job
from tests.support.sources import SOURCES
from tests.support.waiting import until

CALLBACKS = ("claim", "request", "ended", "again", "stepped", "done", "previewed", "idle", "born", "buried")


class Desk:
    """An office that keeps everything in lists, and fails once where it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fails, self.error = "", None
        self.waiting: list[Record] = []
        self.claimed: list[str] = []
        self.ends: list[Record] = []
        self.returned: list[Record] = []
        self.is_dead: list[FusionError] = []
        self.while_claiming: Callable[[], None] = lambda: None
        self.lane: Lane | None = None
        (folder / "photo.png").write_bytes(PHOTO)

    fails: str
    error: BaseException | None

    def add(self, ratio: float = fake.QUICK) -> str:
        record = replace(job(), settings=Settings(ratio=ratio), started=float(len(self.claimed)))
        self.waiting.append(record)
        return record.id

    @property
    def is_armed(self) -> bool:
        return self.error is not None

    def _tell(self, name: str) -> None:
        if name == self.fails and self.error is not None:
            error, self.error = self.error, None
            raise error

    def claim(self, lane: Slot) -> Record | None:
        self._tell("claim")
        self.while_claiming()
        if not self.waiting:
            return None
        self.claimed.append(self.waiting[0].id)
        return self.waiting.pop(0)

    def request(self, record: Record) -> Fuse:
        self._tell("request")
        at = self.folder / record.id
        at.mkdir(exist_ok=True)
        photo = self.folder / "photo.png"
        return Fuse(record.id, photo, photo, record.settings, at / "o.png", at / "b.png", record.steps, False)

    def ended(self, record: Record, lane: Slot) -> None:
        self._tell("ended")
        self.ends.append(record)

    def again(self, record: Record, *, fallen: bool = False) -> None:
        self._tell("again")
        self.returned.append(record)
        self.waiting.insert(0, record)

    def stepped(self, record: Record) -> None:
        self._tell("stepped")

    def done(self, event: Done) -> None:
        self._tell("done")

    def previewed(self, event: Previewed | Failed) -> bool:
        self._tell("previewed")
        return False

    def idle(self) -> None:
        self._tell("idle")
        if self.lane is not None:
            take(self.lane)

    def born(self, pid: int, card: str | None) -> None:
        self._tell("born")

    def buried(self, lane: Slot, error: FusionError) -> None:
        self._tell("buried")

    def dead(self, error: FusionError, may_pass: bool) -> None:
        self.is_dead.append(error)

    def end(self, id: str) -> Record:
        """The job once it has ended."""

        def has_ended() -> bool:
            if self.lane is not None and self.waiting:  # as the clerk does each second
                take(self.lane)
            return any(record.id == id for record in self.ends)

        until(has_ended)
        assert sum(record.id == id for record in self.ends) == 1, "once"
        return next(record for record in self.ends if record.id == id)


def take(lane: Lane) -> None:
    """As a dispatcher does, which survives."""
    with contextlib.suppress(BaseException):
        lane.take()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setenv(fake.MARKER, str(tmp_path / "marker"))
    monkeypatch.setattr("fusion.worker.supervisor._BACK_OFF_S", (0.0,))
    desk = Desk(tmp_path)
    desk.lane = Lane(tmp_path / "worker.log", desk, None, None)
    yield desk
    desk.lane.close()


RATIOS = {"stepped": fake.SHORT_BY_1, "again": fake.DIES_ONCE, "buried": fake.DIES_ONCE, "previewed": fake.FACELESS}


@pytest.mark.parametrize("number", range(len(CALLBACKS)), ids=CALLBACKS)
def test_an_error_in_any_callback_costs_at_most_the_worker(desk: Desk, number: int) -> None:
    lane = desk.lane
    assert lane is not None
    desk.fails, desk.error = CALLBACKS[number], errors()[number]
    first = desk.add(RATIOS.get(desk.fails, fake.QUICK))
    lane.start()
    if desk.fails == "again":  # where it was to go back to, nobody knows of it: a round of the dispatcher finds it
        until(lambda: not desk.is_armed)
        until(lambda: not lane.holds(first))
    else:
        end = desk.end(first)
        assert end.state == (State.FAILED if desk.fails == "previewed" else State.DONE)
        assert end.deaths <= 1
    assert not desk.is_armed, "it was raised"
    assert desk.end(desk.add()).state == State.DONE, "the lane goes on"
    until(lambda: lane.view().state == "ready")


def test_a_request_that_can_never_be_made_ends_its_job_and_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, request = desk.lane, desk.request
    assert lane is not None
    poison = desk.add()

    def fail(record: Record) -> Fuse:
        if record.id == poison:
            raise KeyError("the photo's name")
        return request(record)

    monkeypatch.setattr(desk, "request", fail)
    lane.start()
    end = desk.end(poison)
    assert (end.state, end.deaths) == (State.FAILED, 3)
    assert end.error is not None
    assert end.error.reason == "internal"
    assert desk.end(desk.add()).state == State.DONE


def test_a_job_whose_worker_is_killed_runs_again_and_the_death_counts(desk: Desk) -> None:
    assert desk.lane is not None
    id = desk.add(fake.DIES_ONCE)
    desk.lane.start()
    assert desk.end(id).state == State.DONE
    assert [record.deaths for record in desk.returned] == [1]


EVERYWHERE = {"signal": {"SIGINT", "SIGTERM", "SIGABRT", "SIG_IGN", "SIG_DFL", "signal", "raise_signal"}}
POSIX_OS = {"fork", "forkpty", "getuid", "geteuid", "getgid", "killpg", "nice", "setsid", "sysconf", "uname", "wait"}


def test_nothing_is_named_that_windows_lacks() -> None:
    lacking = {module: _lacking(source) for module, source in SOURCES.items()}
    none_of({module: names for module, names in lacking.items() if names})


def _lacking(source: ast.AST) -> set[str]:
    """What a module names of `signal` and `os` that Windows lacks, but for what it asks for before."""
    uses = [node for node in ast.walk(source) if isinstance(node, ast.Attribute)]
    named = {(node.value.id, node.attr) for node in uses if isinstance(node.value, ast.Name)}
    signals = {attr for name, attr in named if name == "signal"} - EVERYWHERE["signal"]
    asked = {ast.unparse(node).partition(", ")[2].strip("')\"") for node in ast.walk(source) if _asks(node)}
    return signals | {attr for name, attr in named if name == "os" and attr in POSIX_OS} - asked


def _asks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr"


def test_restarting_one_that_had_given_up_excuses_no_later_death(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = desk.lane
    assert lane is not None
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:UnstartablePipeline")
    lane.start()
    until(lambda: bool(desk.is_dead))
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    lane.restart()
    id = desk.add(fake.DIES_ONCE)
    assert desk.end(id).state == State.DONE
    assert [record.deaths for record in desk.returned] == [1], "that one counts"


def test_a_restart_by_hand_is_no_death_of_the_job(desk: Desk) -> None:
    lane = desk.lane
    assert lane is not None
    id = desk.add(fake.SLOW)
    lane.start()
    until(lambda: (run := lane.run_of(id)) is not None and run.progress.fraction > 0.2)
    lane.restart()
    until(lambda: bool(desk.returned))
    assert desk.returned[0].deaths == 0
    until(lambda: (run := lane.run_of(id)) is not None and run.progress.fraction > 0.2)
    assert lane.cancel(id)
    assert desk.end(id).state == State.CANCELLED


def test_a_cancel_of_another_run_is_not_heeded(desk: Desk) -> None:
    lane = desk.lane
    assert lane is not None
    id = desk.add(fake.SLOW)
    lane.start()
    until(lambda: (run := lane.run_of(id)) is not None and run.progress.fraction > 0.2)
    assert not lane.cancel(id, started=-1.0)
    assert not lane.cancel("another")
    assert lane.cancel(id, started=0.0)
    assert desk.end(id).state == State.CANCELLED


def test_a_deadline_of_a_run_that_is_over_kills_no_worker(desk: Desk) -> None:
    lane = desk.lane
    assert lane is not None
    id = desk.add(fake.SLOW)  # which is seen to run
    lane.start()
    until(lambda: lane._running is not None)
    run = lane._running
    assert run is not None
    assert lane.cancel(id)
    desk.end(id)
    until(lambda: lane.view().state == "ready")
    pid = lane.view().pid
    lane._condemn(run, FusionError(Reason.CANCELLED))
    assert desk.end(desk.add()).state == State.DONE
    assert lane.view().pid == pid
    assert not lane.cancel(id)


def test_while_the_office_looks_for_a_job_the_lane_answers(desk: Desk) -> None:
    lane = desk.lane
    assert lane is not None
    lane.start()
    until(lambda: lane.view().state == "ready")
    looking, answered = threading.Event(), threading.Event()

    def ask() -> None:
        looking.wait(30.0)
        lane.cancel("another")
        assert not lane.take(), "one thread takes at a time"
        assert lane.holds("whatever is being taken")
        answered.set()

    def look() -> None:
        desk.while_claiming = lambda: None
        looking.set()
        assert answered.wait(30.0)

    other = threading.Thread(target=ask)
    other.start()
    desk.while_claiming = look
    id = desk.add()
    desk.end(id)
    other.join()
    assert desk.claimed == [id]
