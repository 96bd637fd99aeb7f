"""Desks in memory: who has which, what is written down, and what is let go once somebody has left."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from fusion.desks import Shelf, Snapshot, shelf
from fusion.errors import FusionError, Reason

KEY, OTHER = ("anna", "1"), ("ben", "1")
PHOTOS = {"a": b"a photo"}


@dataclass
class Disk:
    """What keeps desks, in the order in which it was told; `full`: it keeps none."""

    kept: dict[tuple[str, str], str] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    full: bool = False
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def keep_desk(self, owner: str, id: str, body: str, photos: Mapping[str, bytes]) -> None:
        assert self.open.wait(10)
        if self.full:
            raise FusionError(Reason.DISK_FULL, folder="", why="")
        self.writes.append(body)
        self.kept[owner, id] = body

    def desk(self, owner: str, id: str) -> str | None:
        return self.kept.get((owner, id))

    def drop_desk(self, owner: str, id: str) -> None:
        self.kept.pop((owner, id), None)

    def forget(self, id: str) -> None:
        self.forgotten.append(id)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_a_desk_that_somebody_is_at_is_nobody_elses(disk: Disk) -> None:
    here = {"first"}
    desks = Shelf(disk, here.__contains__)
    assert desks.claim(KEY, "first")
    assert desks.claim(KEY, "first")
    assert not desks.claim(KEY, "second")
    assert desks.claim(OTHER, "second"), "the same name under another owner is another desk"
    here.clear()
    assert desks.claim(KEY, "second"), "a browser that is gone without a word has left too"
    assert desks.put(KEY, "first", Snapshot("late"))
    assert desks.find(KEY) is None, "who has lost it changes nothing any more"


def test_what_is_put_is_found_at_once_and_written_once(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    desks = Shelf(disk)
    desks.claim(KEY, "first")
    disk.open.clear()
    for body in ("one", "two", "two", "three"):
        desks.put(KEY, "first", Snapshot(body, PHOTOS))
    with monkeypatch.context() as hurried:
        hurried.setattr(shelf, "_CLOSE_S", 0.1)  # the disk answers nobody
        found = desks.find(KEY)
    assert found is not None
    assert (found.body, found.photos) == ("three", PHOTOS)
    disk.open.set()
    desks.flush()
    assert disk.writes in (["one", "three"], ["two", "three"], ["three"]), "one that was begun, if any, and the last"
    desks.put(KEY, "first", Snapshot("three", PHOTOS))
    desks.flush()
    assert disk.writes.count("three") == 1
    desks.put(KEY, "first", Snapshot(""))
    desks.flush()
    assert disk.kept == {}
    assert desks.find(KEY) is None


def test_of_who_has_left_what_was_found_out_stays_and_no_photo(disk: Disk) -> None:
    desks = Shelf(disk)
    desks.claim(KEY, "first")
    disk.open.clear()
    desks.put(KEY, "first", Snapshot("one", PHOTOS, {"a": "seen"}, "job"))
    desks.leave(KEY, "first")
    disk.open.set()
    desks.flush()
    left = desks.find(KEY)
    assert left is not None
    assert (left.body, dict(left.photos), left.seen) == ("one", {}, {"a": "seen"})
    assert disk.forgotten == []
    assert desks.claim(KEY, "second")


def test_after_a_while_only_the_disk_knows(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    desks = Shelf(disk)
    desks.claim(KEY, "first")
    desks.put(KEY, "first", Snapshot("one", {}, {"a": "seen"}, "job"))
    desks.flush()
    monkeypatch.setattr(shelf, "LEFT_S", -1.0)
    desks.leave(KEY, "first")
    assert desks.find(KEY) == Snapshot("one")
    assert disk.forgotten == ["job"], "the worker lets go of its result too"


def test_of_many_who_have_left_the_last_stay(disk: Disk) -> None:
    desks = Shelf(disk)
    for number in range(shelf.LEFT_MOST + 1):
        key = ("anna", str(number))
        desks.claim(key, "session")
        desks.put(key, "session", Snapshot("body", {}, {"a": number}))
        desks.flush()
        desks.leave(key, "session")
    found = [desks.find(("anna", str(number))) for number in range(shelf.LEFT_MOST + 1)]
    assert [bool(each and each.seen) for each in found] == [False] + [True] * shelf.LEFT_MOST


def test_what_is_deleted_is_not_written_again_and_whoever_is_there_is_told_once(disk: Disk) -> None:
    desks = Shelf(disk)
    for key in (KEY, OTHER):
        desks.claim(key, "session")
        desks.put(key, "session", Snapshot("one"))
    desks.flush()
    desks.forget("anna")
    assert not desks.put(KEY, "session", Snapshot("two"))
    assert desks.put(OTHER, "session", Snapshot("two"))
    desks.flush()
    assert disk.writes == ["one", "one", "two"]
    assert desks.put(KEY, "session", Snapshot("new"))
    desks.flush()
    assert disk.kept[KEY] == "new"


def test_a_full_disk_is_known_until_there_is_room(disk: Disk) -> None:
    desks = Shelf(disk)
    desks.claim(KEY, "first")
    disk.full = True
    desks.put(KEY, "first", Snapshot("one"))
    desks.flush()
    error = desks.error(KEY)
    assert error is not None
    assert error.reason == Reason.DISK_FULL
    disk.full = False
    desks.put(KEY, "first", Snapshot("two"))
    desks.flush()
    assert desks.error(KEY) is None
    assert disk.kept[KEY] == "two"
