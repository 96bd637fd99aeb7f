"""What a worker is asked for, sorted."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from fusion.settings import Settings
from fusion.worker import protocol
from fusion.worker.protocol import Cancel, Forget, Fuse, Preview, Request, Unload
from fusion.worker.requests import Inbox
from fusion.worker.start import ROOT

FUSE = Fuse("a", Path("t"), Path("s"), Settings(), Path("o.png"), Path("b.png"))
PREVIEW = Preview("p", "a", Settings(), 512)


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    monkeypatch.setattr("os._exit", lambda code: None)
    return Inbox()


def hear(inbox: Inbox, *requests: Request) -> None:
    inbox.listen(io.BytesIO(b"".join(protocol.encode(request) for request in requests)))


def test_jobs_and_errands_go_to_their_threads_in_order(inbox: Inbox) -> None:
    hear(inbox, FUSE, PREVIEW, Unload(), Forget("a"))
    assert [inbox.jobs.get(), inbox.jobs.get()] == [FUSE, Unload()]
    assert [inbox.errands.get(), inbox.errands.get()] == [PREVIEW, Forget("a")]
    assert inbox.jobs.empty()
    assert inbox.errands.empty()


@pytest.mark.parametrize("asked", [FUSE, PREVIEW])
def test_a_cancel_is_heeded_while_the_answer_is_awaited(inbox: Inbox, asked: Fuse | Preview) -> None:
    hear(inbox, asked)
    assert not inbox.is_cancelled(asked.id)
    hear(inbox, Cancel(asked.id))
    assert inbox.is_cancelled(asked.id)
    inbox.close(asked.id)
    assert not inbox.is_cancelled(asked.id)


def test_a_late_cancel_never_reaches_a_retry(inbox: Inbox) -> None:
    hear(inbox, FUSE)
    inbox.close(FUSE.id)
    hear(inbox, Cancel(FUSE.id), FUSE)
    assert not inbox.is_cancelled(FUSE.id)
    hear(inbox, Cancel(FUSE.id))
    assert inbox.is_cancelled(FUSE.id), "its own does"


def test_a_cancel_of_a_retry_that_waits_is_not_taken_for_one_of_the_run_before(inbox: Inbox) -> None:
    hear(inbox, FUSE)
    inbox.close(FUSE.id)  # before the answer is told: whoever hears it may ask again at once
    hear(inbox, FUSE, Cancel(FUSE.id))
    assert inbox.is_cancelled(FUSE.id)


def test_cancels_of_what_nobody_has_asked_for_are_not_collected(inbox: Inbox) -> None:
    for number in range(100):
        hear(inbox, Cancel(str(number)))
    assert not inbox._cancelled


GARBAGE = [
    b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe", b'{"kind":"Fuse"}', b'{"kind":["Fuse"]}',
    b'{"kind":"None"}', b"[" * 100_000, b'{"kind":"Preview","id":"p","job":"a","settings":"none","max_side":1}',
    b'{"kind":{}}', b"9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("line", GARBAGE, ids=range(len(GARBAGE)))
def test_a_line_that_is_none_of_ours_ends_the_process_at_once(line: bytes) -> None:
    script = "import sys; from fusion.worker.requests import Inbox; Inbox().listen(sys.stdin.buffer); print('lives on')"
    done = subprocess.run(
        [sys.executable, "-c", script], input=line + b"\n", capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"Traceback" in done.stderr


def test_the_end_of_the_input_is_an_orderly_end() -> None:
    script = "import sys; from fusion.worker.requests import Inbox; Inbox().listen(sys.stdin.buffer)"
    assert subprocess.run([sys.executable, "-c", script], input=b"", cwd=ROOT, timeout=60, check=False).returncode == 0
