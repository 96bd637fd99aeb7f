"""`POST /v1/verify` of a real server: who may ask, what is taken, and what is refused with which status."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.verify import pictures as made
from tests.support.fixtures.marked import picture
from tests.support.served import GUEST, TOKEN, Answer, Served, served

PATH = "/v1/verify"
OURS = made.ours("png")


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As it starts by default, but for a limit: of a picture here 4 × 0.05 MiB."""
    with served(tmp_path_factory.mktemp("near"), FUSEWISE_MAX_UPLOAD_MB="0.05") as server:
        yield server


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For everybody, under a path."""
    tokens = {"FUSEWISE_TOKEN": TOKEN, "FUSEWISE_GUEST_TOKEN": GUEST}
    with served(tmp_path_factory.mktemp("far"), "--server.address", "0.0.0.0", base="/faces", **tokens) as server:
        yield server


def form(name: str, data: bytes, *, is_file: bool = True) -> tuple[bytes, str]:
    """A form of one part, and its kind."""
    named = f'; filename="{name}"' if is_file else ""
    head = f'--edge\r\nContent-Disposition: form-data; name="file"{named}\r\n\r\n'
    return head.encode() + data + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def told(answer: Answer) -> dict[str, Any]:
    assert answer.headers["cache-control"] == "no-store"
    return dict(json.loads(answer.body))


def test_a_picture_is_looked_at_as_a_body_and_as_a_file_of_a_form(near: Served) -> None:
    body, kind = form("x.png", made.ours("jpeg"))
    for given, content in (
        (made.ours("jpeg"), "image/jpeg"),
        (made.ours("jpeg"), "application/octet-stream"),
        (body, kind),
    ):
        answer = near.ask(PATH, "POST", given, content_type=content)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        found = told(answer)
        assert (found["verdict"], found["ai"], found["produce_id"]) == ("claimed", True, made.ID)
        assert [each["code"] for each in found["findings"]][:2] == ["label_made", "label_fits"]


def test_what_is_broken_and_what_says_nothing_are_answers_and_no_errors(near: Served) -> None:
    broken = near.ask(PATH, "POST", made.with_xmp_of(made.ours("webp"), "webp", 5))
    assert (broken.status, told(broken)["verdict"]) == (200, "broken")
    nothing = near.ask(PATH, "POST", picture("PNG"))
    assert (nothing.status, told(nothing)["verdict"]) == (200, "nothing")


@pytest.mark.parametrize(
    ("body", "kind", "status", "reason"),
    [
        (b"words", "image/png", 415, "photo_unreadable"),
        (b"{}", "application/json", 415, "photo_format"),
        (b"GIF89a", "image/gif", 415, "photo_format"),
        (b"", "image/png", 422, "photo_empty"),
        (form("x", b"", is_file=False)[0], form("x", b"")[1], 422, "photo_empty"),
        (b"words", "multipart/form-data; boundary=edge", 415, "photo_unreadable"),
        (b"words", "multipart/form-data", 415, "photo_unreadable"),
        (b"\0" * 300_000, "image/png", 413, "photo_too_heavy"),
        (*form("x.png", b"\0" * 300_000), 413, "photo_too_heavy"),
        (picture("JPEG")[:30], "image/jpeg", 422, "photo_truncated"),
    ],
)
def test_what_cannot_be_looked_at_is_a_problem_with_a_remedy(
    near: Served, body: bytes, kind: str, status: int, reason: str
) -> None:
    answer = near.ask(PATH, "POST", body, content_type=kind)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    found = told(answer)
    assert (found["status"], found["reason"]) == (status, reason)
    assert found["title"]
    assert found["detail"]
    assert found["remedy"]


def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(near: Served) -> None:
    line = http.client.HTTPConnection("127.0.0.1", near.port, timeout=20)
    line.putrequest("POST", PATH)
    line.putheader("Content-Length", "10000000000")
    line.endheaders()
    assert line.getresponse().status == 413
    line.close()


def test_it_is_asked_by_post_alone(near: Served) -> None:
    answer = near.ask(PATH)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_of_a_server_for_everybody_it_is_asked_with_a_token(far: Served) -> None:
    assert far.ask(PATH, "POST", OURS).status == 401
    for token in (TOKEN, GUEST):
        answer = far.ask(PATH, "POST", OURS, authorization=f"Bearer {token}")
        assert (answer.status, told(answer)["verdict"]) == (200, "claimed")
    foreign = far.ask(PATH, "POST", OURS, authorization=f"Bearer {TOKEN}", origin="https://elsewhere.example")
    assert foreign.status == 403


def test_nothing_of_a_picture_is_left(near: Served) -> None:
    near.ask(PATH, "POST", OURS)
    assert OURS[-100:] not in b"".join(file.read_bytes() for file in near.data.rglob("*") if file.is_file())
    assert "Traceback" not in near.said
