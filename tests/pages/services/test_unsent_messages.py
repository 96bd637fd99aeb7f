"""What waits to be sent to a browser when its page, or a part of it, begins to run again."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.parts.services import unsent_messages

PART = "the banner"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    unsent_messages.keep()


def block(*path: int, part: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = path
    message.delta.add_block.allow_empty = True
    message.delta.fragment_id = part
    return message


def over() -> ForwardMsg:
    return ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)


def drawn() -> ForwardMsgQueue:
    """A queue after a run of a whole page, of which nothing was sent yet."""
    queue = ForwardMsgQueue()
    for message in (block(0, 0, part=PART), block(0, 1), over()):
        queue.enqueue(message)
    return queue


def answers() -> list[ForwardMsg]:
    """What a browser is told that asked where a photo is to go, and for a file that is made when it is asked for."""
    place, made = ForwardMsg(), ForwardMsg()
    place.file_urls_response.response_id = "a photo"
    made.backend_operation_response.request_id = "a file"
    return [place, made]


def paths(queue: ForwardMsgQueue) -> list[tuple[int, ...]]:
    return [tuple(message.metadata.delta_path) for message in queue.flush()]


def test_a_part_that_runs_again_takes_nothing_away_of_the_page_that_was_drawn() -> None:
    queue = drawn()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    queue.enqueue(block(0, 0, part=PART))
    assert paths(queue) == [(0, 0), (0, 1), (), (0, 0)], "it is heard of before the page is said to be whole"


def test_a_page_that_is_drawn_anew_takes_the_place_of_one_that_was_not_sent() -> None:
    queue = drawn()
    queue.clear(retain_lifecycle_msgs=True)
    (left,) = queue.flush()
    assert left.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


@pytest.mark.parametrize("parts", [None, [PART]], ids=["the page", "a part"])
def test_what_the_browser_asked_is_answered_though_a_run_begins(parts: list[str] | None) -> None:
    queue, asked = drawn(), answers()
    for message in asked:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts)
    assert [message for message in queue.flush() if message in asked] == asked


def test_an_answer_is_sent_once() -> None:
    queue = ForwardMsgQueue()
    for message in answers():
        queue.enqueue(message)
    assert queue.flush() == answers()
    assert queue.is_empty()
