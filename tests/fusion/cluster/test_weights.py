"""Weights on their way to a node, without Ray: what it lacks comes, whole or not at all, and what it has stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fusion.cluster import offered
from fusion.cluster.hosted import Hosted
from fusion.cluster.offered import Lack, Offered, Part
from fusion.cluster.receiver import ARRIVING, Receiver
from fusion.cluster.remote import RemoteProcess
from fusion.cluster.sender import Over, Sender
from fusion.settings import Settings
from fusion.types import EngineName
from fusion.weights import catalog, locate, segmenter
from fusion.worker import protocol
from fusion.worker.protocol import Cancel, Failed, Fuse, Moved
from tests.support.fake_weights import TINY, content, write_tiny
from tests.support.fixtures.disks import Mount
from tests.support.queued import PHOTO
from tests.support.waiting import until

_GENERATOR = TINY.files[0].path


class Machines:
    """Two data folders, of which this process has one at a time."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.head, self.node = root / "head", root / "node"
        self._patch = patch

    def be(self, folder: Path) -> None:
        self._patch.setenv("FUSEWISE_DATA", str(folder))
        self._patch.delenv("FUSEWISE_WEIGHTS", raising=False)

    def weights(self, folder: Path) -> Path:
        return folder / "weights" / TINY.name


class Call:
    """A method of an actor: it runs on the node at once, and what is asked for is its answer."""

    def __init__(self, machines: Machines, method: Callable[..., Any], spoil: Callable[[bytes], bytes]) -> None:
        self._machines, self._method, self._spoil = machines, method, spoil

    def remote(self, *given: Any) -> Any:
        self._machines.be(self._machines.node)
        try:
            return self._method(*(self._spoil(each) if isinstance(each, bytes) else each for each in given))
        finally:
            self._machines.be(self._machines.head)


class RayError(Exception):
    """As Ray's."""


class GetTimeoutError(RayError):
    """As Ray's."""


RAY = SimpleNamespace(
    get=lambda answer, timeout: answer, exceptions=SimpleNamespace(RayError=RayError, GetTimeoutError=GetTimeoutError)
)


def actor(machines: Machines, of: object, spoil: Callable[[bytes], bytes] = lambda piece: piece) -> Any:
    names = [name for name in dir(of) if not name.startswith("_")]
    return SimpleNamespace(**{name: Call(machines, getattr(of, name), spoil) for name in names})


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    for module in ("fusion.weights.locate", "fusion.weights.catalog"):
        monkeypatch.setattr(f"{module}.UNET", TINY)
    for function in (locate.status, locate.place, locate.look):
        monkeypatch.setattr(function, "__defaults__", (TINY,))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "none"))
    monkeypatch.setattr("fusion.cluster.sender.PIECE_BYTES", 300)
    made = Machines(tmp_path, monkeypatch)
    write_tiny(made.weights(made.head))
    made.be(made.head)
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def sender(machines: Machines, receiver: Receiver, spoil: Callable[[bytes], bytes] = lambda piece: piece) -> Sender:
    return Sender(RAY, actor(machines, receiver, spoil), lambda: False)


def test_what_a_node_lacks_comes_in_pieces_and_whole(machines: Machines, receiver: Receiver) -> None:
    told: list[float] = []
    sending = sender(machines, receiver)
    assert not sending.is_current(frozenset(Part))
    sending.bring(frozenset(Part), told.append)
    machines.be(machines.node)
    assert locate.status().is_ready
    for file in TINY.files:
        assert (machines.weights(machines.node) / file.path).read_bytes() == content(file.path)
    assert (told[0], told[-1], len(told) > 20, told == sorted(told)) == (0.0, 1.0, True, True)
    assert not (machines.node / "weights" / ARRIVING).exists()
    machines.be(machines.head)
    assert (sending.lacks, sending.is_current(frozenset(Part))) == ((), True)


def test_what_has_come_to_the_head_since_then_comes_after(machines: Machines, receiver: Receiver) -> None:
    sending = sender(machines, receiver)
    sending.bring(frozenset(Part), lambda share: None)
    network = catalog.SEGMENTERS[1]
    path = segmenter.place(network)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\0\0\0\0TFL3".ljust(network.minimum_bytes, b"x"))
    assert not sending.is_current(offered.needed(Settings()))
    assert sending.is_current({Part.UNET})
    told: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fusion.cluster.sender.PIECE_BYTES", 1_000_000)
        sending.bring(offered.needed(Settings(engine=EngineName.LANDMARK)), told.append)
    assert (machines.node / "weights" / segmenter.FOLDER / network.name).read_bytes() == path.read_bytes()
    assert sending.is_current(frozenset(Part))


def test_a_file_of_the_nodes_own_stays_and_is_not_mixed_with_others(machines: Machines, receiver: Receiver) -> None:
    own = machines.weights(machines.node) / _GENERATOR
    own.parent.mkdir(parents=True)
    own.write_bytes(b"its own")
    sending = sender(machines, receiver)
    sending.bring(frozenset(Part), lambda share: None)
    assert own.read_bytes() == b"its own"
    assert [each.name for each in machines.weights(machines.node).rglob("*") if each.is_file()] == [_GENERATOR]
    (lack,) = sending.lacks
    assert (lack.part, lack.file, lack.has_own) == (Part.UNET, _GENERATOR, False)
    assert not sending.is_current({Part.UNET}), "it is tried again before the next job"


def test_what_arrives_damaged_gets_no_name(machines: Machines, receiver: Receiver) -> None:
    sending = sender(machines, receiver, lambda piece: piece[::-1])
    sending.bring({Part.UNET}, lambda share: None)
    assert [each for each in machines.node.rglob("*") if each.is_file() and not each.name.endswith(".lock")] == []
    (lack,) = sending.lacks
    assert "damaged" in str(lack.why)
    refused = offered.refused(sending.lacks, Settings(engine=EngineName.UNET), "b")
    assert refused is not None
    assert "damaged" in refused.message
    assert offered.refused(sending.lacks, Settings(), "b") is None, "which is told with the result"


def test_a_disk_without_room_is_told_before_anything_is_sent(
    machines: Machines, receiver: Receiver, mount: Mount
) -> None:
    machines.node = mount(2)
    sending = sender(machines, receiver)
    sending.bring({Part.UNET}, lambda share: pytest.fail("something was sent"))
    (lack,) = sending.lacks
    assert "GB free" in str(lack.why)


def test_an_interruption_leaves_nothing_half_written_and_the_next_one_goes_on(machines: Machines) -> None:
    first = Receiver()

    def stop(share: float) -> None:
        if share > 0.3:
            raise Over

    with pytest.raises(Over):
        sender(machines, first).bring({Part.UNET}, stop)
    machines.be(machines.node)
    left = [file for file in machines.weights(machines.node).rglob("*") if file.is_file()]
    assert 0 < len(left) < len(TINY.files)
    assert all(file.stat().st_size == 1000 for file in left)
    assert not (machines.node / "weights" / ARRIVING).exists()
    killed = machines.node / "weights" / ARRIVING / "file"
    killed.parent.mkdir()
    killed.write_bytes(b"half")
    second = Receiver()
    second.sweep()
    assert not killed.exists()
    machines.be(machines.head)
    sender(machines, second).bring({Part.UNET}, lambda share: None)
    machines.be(machines.node)
    assert locate.status().is_ready


def test_two_workers_of_a_machine_do_not_receive_at_once(machines: Machines, receiver: Receiver) -> None:
    files = tuple(source.offered() for source in offered.here({Part.UNET}))
    other = Receiver()
    machines.be(machines.node)
    assert other.offer(files).wanted == files
    assert receiver.offer(files).is_busy
    other.close()
    assert receiver.offer(files).wanted == files


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "/etc/passwd"])
def test_a_name_that_leads_elsewhere_is_refused(machines: Machines, name: str) -> None:
    for part in Part:
        with pytest.raises(ValueError, match=name):
            offered.place(Offered(part, name, 1, ""))


class Process(RemoteProcess):
    """One whose lines are taken without a supervisor."""

    def said(self) -> deque[bytes]:
        return self._lines


@pytest.fixture
def hosted(machines: Machines) -> Iterator[Hosted]:
    machines.be(machines.node)
    made = Hosted()
    machines.be(machines.head)
    yield made
    made.end()


def job(machines: Machines, engine: EngineName = EngineName.AUTO) -> Fuse:
    photo = machines.head / "photo"
    photo.write_bytes(PHOTO)
    out = machines.head / "out"
    return Fuse("a", photo, photo, Settings(engine=engine), out / "output.png", out / "before.png")


def remote(machines: Machines, hosted: Hosted, spoil: Callable[[bytes], bytes] = lambda piece: piece) -> Process:
    return Process(RAY, actor(machines, hosted, spoil), "b", machines.head / "log", lambda: True)


def test_a_job_waits_for_weights_and_tells_of_them_as_a_stage(machines: Machines, hosted: Hosted) -> None:
    process = remote(machines, hosted)
    process.send(protocol.encode(job(machines)))
    until(lambda: locate_on(machines).is_ready)
    moved = [event for line in [*process.said()] if isinstance(event := protocol.event(line), Moved)]
    assert {(event.id, event.progress.stage) for event in moved} == {("a", "weights")}


def locate_on(machines: Machines) -> locate.Status:
    return locate.look(machines.weights(machines.node), TINY)


def test_a_job_for_unet_whose_node_cannot_have_it_fails_and_says_why(machines: Machines, hosted: Hosted) -> None:
    process = remote(machines, hosted, lambda piece: piece[::-1])
    process.send(protocol.encode(job(machines, EngineName.UNET)))
    failed: list[Failed] = []

    def has_failed() -> bool:
        failed[:] = [event for line in [*process.said()] if isinstance(event := protocol.event(line), Failed)]
        return bool(failed)

    until(has_failed)
    assert (failed[0].error.reason, failed[0].error.details["node"]) == ("node_weights", "b")


def test_a_job_that_is_cancelled_while_weights_come_ends_at_once(machines: Machines, receiver: Receiver) -> None:
    files = tuple(source.offered() for source in offered.here({Part.UNET}))
    machines.be(machines.node)
    assert receiver.offer(files).wanted, "another worker is being sent files"
    hosted = Hosted()
    machines.be(machines.head)
    process = remote(machines, hosted)
    process.send(protocol.encode(job(machines)))
    process.send(protocol.encode(Cancel("a")))
    until(lambda: any(isinstance(protocol.event(line), Failed) for line in [*process.said()]))
    hosted.end()


def test_what_a_result_had_to_do_without_is_told(machines: Machines) -> None:
    facts: Any = SimpleNamespace(engine=EngineName.LANDMARK)
    lacks = (Lack(Part.UNET, "x.pt", "no room"), Lack(Part.ENLARGER, "y.pth", "no room"))
    assert [each.code for each in offered.told(lacks, facts, "b")] == ["node_landmark", "node_other_weights"]
    facts.engine = EngineName.UNET
    own = (Lack(Part.UNET, "x.pt", offered.differs("x.pt"), has_own=True),)
    assert [each.code for each in offered.told(own, facts, "b")] == ["node_other_weights"]
