"""Clients of the HTTP API, as small as can be: forms, JSON, and lines of server-sent events."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain
from tests.support.served import Answer, Served
from tests.support.waiting import until

TARGET, SOURCE = plain(red=200), plain(red=90)
PATH = "/v1/predictions"
ENDED = ("succeeded", "failed", "canceled")


def uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def form(fields: Mapping[str, str | bytes], names: Mapping[str, str] | None = None) -> tuple[bytes, str]:
    """A form, in which bytes are a file; and its kind."""
    parts = []
    for name, value in fields.items():
        file = f'; filename="{(names or {}).get(name, name)}"' if isinstance(value, bytes) else ""
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(head.encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n")
    return b"".join(parts) + b"--edge--\r\n", "multipart/form-data; boundary=edge"


def told(answer: Answer) -> dict[str, Any]:
    """The object in an answer, which nobody may keep."""
    assert answer.headers["cache-control"] == "no-store"
    return dict(json.loads(answer.body))


def wish(ratio: float = fake.QUICK, **more: Any) -> dict[str, Any]:
    """A body of JSON; the ratio says how the pipeline of tests behaves."""
    return {"target": uri(TARGET), "source": uri(SOURCE), "settings": {"ratio": ratio}, "consent": True, **more}


def post(server: Served, body: object, path: str = PATH, **headers: str) -> Answer:
    return server.ask(path, "POST", json.dumps(body), content_type="application/json", **headers)


def begin(server: Served, ratio: float = fake.QUICK, /, **headers: str) -> dict[str, Any]:
    """A prediction that was taken in."""
    answer = post(server, wish(ratio), **headers)
    assert answer.status == 201, answer.body
    return told(answer)


def get(server: Served, id: str, **headers: str) -> dict[str, Any]:
    return told(server.ask(f"{PATH}/{id}", **headers))


def end(server: Served, id: str) -> dict[str, Any]:
    """The prediction once it has ended."""
    until(lambda: get(server, id)["status"] in ENDED)
    return get(server, id)


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer tells of, which is that."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    found = told(answer)
    assert (found["status"], found["code"]) == (status, code)
    assert found["title"]
    assert found["detail"]
    assert found["remedy"]
    return found


def events(server: Served, id: str, last: str = "", **headers: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The id, the name and the data of each event, until there are no more; a comment has no id."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        asked = headers | ({"Last-Event-ID": last} if last else {})
        line.request("GET", f"{server.base}{PATH}/{id}/events", headers=asked)
        response = line.getresponse()
        assert response.status == 200
        assert response.getheader("content-type", "").startswith("text/event-stream")
        block: list[str] = []
        for raw in response:
            text = raw.decode().rstrip("\n")
            if text:
                block.append(text)
            else:
                found, block = _event(block), []
                if found is not None:
                    yield found
    finally:
        line.close()


def _event(lines: Sequence[str]) -> tuple[str, str, dict[str, Any]] | None:
    named = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
    return (named["id"], named["event"], json.loads(named["data"])) if "event" in named else None
