"""What visitors may have of the server at once: uploads that a page asked for, and connections."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from benchmarks.soak.connections import connections
from pages.parts.server import Guard, Upkeep, file_descriptors
from pages.parts.server.log_limiter import FIRST, WITHIN_S, Quiet
from pages.parts.server.pending_uploads import FULL, TOO_LARGE, TOO_MANY, UNASKED, Coming, Pending
from pages.parts.services import visitor_limits
from tests.support.app_driver import awaited

MINE = "session"


class Alone:
    """Sessions of which one is there."""

    def is_known(self, id: str) -> bool:
        return id == MINE

    def sweep(self, now: float) -> int:
        return 0


def manager(*sessions: str) -> MemoryUploadedFileManager:
    return MemoryUploadedFileManager("/_stcore/upload_file")


def asked(kept: MemoryUploadedFileManager, count: int = 1, session: str = MINE) -> list[str]:
    """Ids that a page has asked for."""
    return [one.file_id for one in kept.get_upload_urls(session, ["a.jpg"] * count)]


def put(kept: MemoryUploadedFileManager, id: str, size: int, session: str = MINE) -> None:
    kept.add_file(session, UploadedFileRec(id, "a.jpg", "image/jpeg", bytes(size)))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryUploadedFileManager, Guard]:
    """Room for 1,000 bytes of a session and 1,500 of all, three files, and four connections."""
    kept = manager()
    guard = Guard(Alone(), Pending(kept, 1000, 1500, 3), Upkeep(), 4)  # type: ignore[arg-type]
    monkeypatch.setattr(visitor_limits, "guard", lambda: guard)
    return kept, guard


def upload(id: str, *pieces: bytes, length: int | None = None, session: str = MINE) -> tuple[int, int]:
    """The status of the answer, and how many bytes came as far as Streamlit."""
    sent: list[Any] = []
    came = 0
    waiting = list(pieces)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal came
        while (message := await receive())["type"] == "http.request":
            came += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def receive() -> Any:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", str(length).encode())] if length is not None else []
    path = f"/_stcore/upload_file/{session}/{id}"
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers, "client": ("127.0.0.1", 1)}
    awaited(visitor_limits.Gate(app)(scope, receive, send))
    return sent[0]["status"], came


Server = tuple[MemoryUploadedFileManager, Guard]


def test_a_file_that_no_page_asked_for_is_refused_unread(server: Server) -> None:
    asked(server[0])
    assert upload("made-up", b"x" * 10) == (UNASKED.status, 0)
    assert upload(asked(server[0], session="other")[0], b"x") == (UNASKED.status, 0)


def test_a_file_that_a_page_asked_for_comes_in(server: Server) -> None:
    assert upload(asked(server[0])[0], b"x" * 400, b"x" * 400, length=800) == (204, 800)
    assert server[1].pending.every == 0  # Streamlit has it now, or refused it


def test_what_is_too_large_by_its_own_word_is_refused_unread(server: Server) -> None:
    assert upload(asked(server[0])[0], b"x", length=1001) == (TOO_LARGE.status, 0)


def test_what_says_nothing_or_lies_about_its_length_is_cut(server: Server) -> None:
    for length in (None, 5):
        status, came = upload(asked(server[0])[0], *[b"x" * 300] * 9, length=length)
        assert status == TOO_LARGE.status
        assert came <= 1000
    assert server[1].pending.every == 0


def test_what_waits_counts_and_what_is_taken_does_not(server: Server) -> None:
    kept, _ = server
    first, second = asked(kept, 2)
    put(kept, first, 900)
    assert upload(second, b"x", length=200)[0] == TOO_LARGE.status
    kept.remove_file(MINE, first)
    assert upload(second, b"x" * 200, length=200)[0] == 204


def test_files_of_all_count_together_and_so_does_their_number(server: Server) -> None:
    kept, guard = server
    put(kept, "theirs", 900, session="other")
    put(kept, "more", 400, session="another")
    assert upload(asked(kept)[0], b"x", length=300)[0] == FULL.status
    kept.remove_session_files("other")
    for id in asked(kept, 3):
        put(kept, id, 1)
    assert upload(asked(kept)[0], b"x", length=1)[0] == TOO_MANY.status
    assert isinstance(guard.pending.begin("other", asked(kept, session="other")[0], 1), Coming)


def test_a_page_cannot_ask_for_files_without_end(server: Server) -> None:
    ids = [asked(server[0], 50) for _ in range(4)]
    assert len(server[1].pending._asked[MINE]) == 3
    assert upload(ids[0][0], b"x")[0] == UNASKED.status


def test_what_comes_for_a_session_that_is_over_is_let_go(server: Server) -> None:
    kept, guard = server
    put(kept, asked(kept, session="over")[0], 10, session="over")
    put(kept, asked(kept)[0], 10)
    guard.sweep()
    assert set(kept.file_storage) == {MINE}


def client(address: str, **headers: str) -> HTTPConnection:
    names = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "websocket", "headers": names, "client": (address, 1)})


def test_nobody_takes_all_connections_and_they_are_given_back(server: Server) -> None:
    guard = server[1]
    mine = client("10.0.0.1")
    for _ in range(3):
        with guard.connection(mine) as a, guard.connection(mine) as b, guard.connection(mine) as c:
            assert (a, b, c) == (True, True, True)
            with guard.connection(mine) as fourth, guard.connection(client("10.0.0.2")) as other:
                assert (fourth, other) == (False, True)
                with guard.connection(client("10.0.0.3")) as over:
                    assert not over


def test_a_browser_counts_by_its_cookie_behind_a_proxy(server: Server) -> None:
    guard = server[1]
    same = client("10.0.0.9", x_forwarded_for="1.2.3.4", cookie="fusewise_visitor=" + "a" * 32)
    with guard.connection(same) as a, guard.connection(same) as b, guard.connection(same) as c:
        assert all((a, b, c))
        with guard.connection(same) as fourth, guard.connection(client("10.0.0.9", via="x")) as other:
            assert (fourth, other) == (False, True)


def test_an_address_of_ipv6_is_the_network_of_a_customer(server: Server) -> None:
    guard = server[1]
    same = [client(f"2001:db8::{number}") for number in range(4)]
    with guard.connection(same[0]), guard.connection(same[1]), guard.connection(same[2]):  # noqa: SIM117 (one line each)
        with guard.connection(same[3]) as fourth:
            assert not fourth


# The log


def test_a_flood_is_counted_and_other_messages_come_through() -> None:
    now = [0.0]
    quiet = Quiet(lambda: now[0])

    def said(text: str, number: int) -> logging.LogRecord | None:
        record = logging.LogRecord("asyncio", logging.ERROR, "", 1, text, (number,), None)
        return record if quiet.filter(record) else None

    assert sum(said("no more descriptors: %d", number) is not None for number in range(1000)) == FIRST
    assert said("something else %d", 1)
    now[0] = WITHIN_S + 1
    last = said("no more descriptors: %d", 7)
    assert last is not None
    assert last.getMessage() == f"no more descriptors: 7 (and {1000 - FIRST} more like it)"


# Descriptors


def test_there_is_room_for_somebody_at_any_limit() -> None:
    assert file_descriptors.room(32) > 0
    assert file_descriptors.room(None) == file_descriptors.room(10**6) == file_descriptors.CONNECTIONS


@pytest.mark.timeout(300)
def test_many_quick_connections_leave_the_server_as_it_was() -> None:
    with ThreadPoolExecutor(max_workers=1) as thread:  # a browser that drives other tests has a loop in this one
        facts, good = thread.submit(connections, 200, 256, at_once=6).result()
    assert good, facts
