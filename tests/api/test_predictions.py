"""`/v1/predictions` of a real server: what is taken, what comes of it, what is refused and how that is told."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any

import pytest

from fusion.verification import verify
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain
from tests.support.programs.asking import PATH, SOURCE, TARGET, begin, end, form, get, post, problem, told, uri, wish
from tests.support.served import Served

WAIT = {"prefer": "wait=60"}


def test_a_form_is_fused_while_its_sender_waits(server: Served) -> None:
    fields: dict[str, str | bytes] = {
        "target": TARGET,
        "source": SOURCE,
        "settings": json.dumps({"ratio": fake.QUICK}),
        "consent": "true",
    }
    body, kind = form(fields, {"target": "beach.png"})
    answer = server.ask(PATH, "POST", body, content_type=kind, **WAIT)
    assert (answer.status, answer.headers["preference-applied"]) == (201, "wait=60")
    made = told(answer)
    assert answer.headers["location"] == f"{PATH}/{made['id']}"
    assert (made["status"], made["error"], made["problem"]) == ("succeeded", None, None)
    assert made["job"]["target"] == "beach.png"
    assert made["job"]["settings"]["ratio"] == fake.QUICK
    assert made["output"] == made["urls"]["output"] == f"{server.url}{PATH}/{made['id']}/output"
    assert get(server, made["id"]) == made


@pytest.mark.parametrize(
    "named",
    [
        {"target": uri(TARGET), "source": uri(SOURCE)},
        {"template": uri(TARGET), "user": uri(SOURCE)},
        {"input_image": uri(TARGET), "swap_image": uri(SOURCE)},
        {"target_image": uri(TARGET), "source_image": uri(SOURCE).partition(",")[2]},
        {"target": uri(TARGET), "sources": [uri(SOURCE), uri(TARGET)]},
    ],
)
def test_a_photo_goes_by_the_names_that_others_have_for_it(server: Served, named: dict[str, Any]) -> None:
    answer = post(server, {"version": "x", "input": {**named, "consent": True, "ratio": fake.QUICK}}, **WAIT)
    assert (answer.status, told(answer)["status"]) == (201, "succeeded")
    assert told(answer)["job"]["settings"]["ratio"] == fake.QUICK


def test_a_preset_stands_under_what_is_said(server: Served) -> None:
    settings = get(server, told(post(server, wish(fake.QUICK, preset="art", output_resolution=[64, 80])))["id"])["job"]
    chosen = settings["settings"]
    assert (chosen["mode"], chosen["ratio"]) == ("blend", fake.QUICK)
    assert (chosen["output"], chosen["fit"]) == ([64, 80], "pad")


def test_consent_is_kept_with_the_job(server: Served) -> None:
    made = begin(server)
    assert (made["job"]["consent"]["by"], made["job"]["consent"]["wording"]) == ("local", "2026-11")


def test_a_picture_leaves_labelled_and_with_its_origin(server: Served) -> None:
    made = end(server, begin(server)["id"])
    with_label = told(server.ask(f"{PATH}/{made['id']}/recipe"))
    assert with_label["label"]["text"] == "AI-modified"
    in_chinese = told(server.ask(f"{PATH}/{made['id']}/recipe", accept_language="zh-CN,zh;q=0.9"))
    assert in_chinese["label"]["text"] == "AI生成"
    for format in ("png", "jpeg", "webp"):
        report = verify(_output(server, made["id"], format))
        assert (report.verdict, report.produce_id) == ("claimed", made["id"])


def test_the_same_key_is_the_same_job(server: Served) -> None:
    first = post(server, wish(), idempotency_key="one")
    again = post(server, wish(), idempotency_key="one")
    assert (first.status, again.status) == (201, 200)
    assert told(first)["id"] == told(again)["id"]
    assert again.headers["idempotent-replayed"] == "true"
    problem(post(server, wish(fake.SLOW), idempotency_key="one"), 409, "key_reused")
    problem(post(server, wish(), idempotency_key="x" * 256), 422, "request_field")


def test_without_a_key_each_is_a_job(server: Served) -> None:
    assert begin(server)["id"] != begin(server)["id"]


def test_a_job_is_stopped(server: Served) -> None:
    made = begin(server, fake.SLOW)
    assert server.ask(f"{PATH}/{made['id']}/cancel", "POST").status == 200
    assert end(server, made["id"])["status"] == "canceled"
    problem(server.ask(f"{PATH}/{made['id']}/output"), 409, "not_done")


def test_what_is_deleted_is_gone_with_its_photos(server: Served) -> None:
    id = told(post(server, wish(target=uri(plain(red=31))), **WAIT))["id"]
    assert _stored(server.data, plain(red=31))
    assert server.ask(f"{PATH}/{id}", "DELETE").status == 204
    problem(server.ask(f"{PATH}/{id}"), 404, "job_unknown")
    assert not _stored(server.data, plain(red=31))


def test_a_failure_is_told_with_what_to_do(server: Served) -> None:
    made = end(server, begin(server, fake.FACELESS)["id"])
    assert (made["status"], made["problem"]["code"], made["problem"]["status"]) == ("failed", "no_face", 422)
    assert made["problem"]["remedy"] in made["error"]
    assert re.search("[一-鿿]", get(server, made["id"], accept_language="zh")["error"])


def test_the_list_is_read_a_page_at_a_time(server: Served) -> None:
    ids = [begin(server)["id"] for _ in range(3)]
    first = told(server.ask(f"{PATH}?limit=2"))
    assert [each["id"] for each in first["results"]] == ids[:0:-1]
    second = told(server.ask(first["next"].removeprefix(server.url)))
    assert second["results"][0]["id"] == ids[0]
    end(server, ids[-1])
    done = told(server.ask(f"{PATH}?status=succeeded&limit=100"))
    assert {each["status"] for each in done["results"]} == {"succeeded"}
    problem(server.ask(f"{PATH}?status=lost"), 422, "request_field")
    problem(server.ask(f"{PATH}?cursor=x"), 422, "request_field")
    problem(server.ask(f"{PATH}?sort=x"), 422, "request_field_unknown")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"consent": None}, 422, "consent_missing"),
        ({"consent": False}, 422, "consent_missing"),
        ({"consent": 1}, 422, "request_field"),
        ({"target": None}, 422, "request_field"),
        ({"source": 7}, 422, "request_field"),
        ({"source": "data:image/png,x"}, 422, "request_field"),
        ({"source": "no base64!"}, 422, "request_field"),
        ({"target": "https://example.org/face.jpg"}, 422, "request_address"),
        ({"webhook": "https://example.org"}, 422, "request_field_unknown"),
        ({"settings": {"ratio": 3}}, 422, "setting_value"),
        ({"settings": {"colour": 1}}, 422, "setting_unknown"),
        ({"settings": []}, 422, "request_field"),
        ({"preset": "none"}, 422, "request_field"),
        ({"input": 1}, 422, "request_field"),
        ({"target": uri(b"words")}, 415, "photo_unreadable"),
        ({"target": uri(b"")}, 422, "photo_empty"),
        ({"target": uri(bytes(60_000))}, 413, "photo_too_heavy"),
        ({"sources": [uri(SOURCE)] * 9}, 413, "sources_too_many"),
    ],
)
def test_what_cannot_be_taken_is_a_problem(server: Served, changes: dict[str, Any], status: int, code: str) -> None:
    body = {name: value for name, value in (wish() | changes).items() if value is not None}
    problem(post(server, body), status, code)


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"words", "application/json", 400, "request_unreadable"),
        (b"[1]", "application/json", 400, "request_unreadable"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "request_unreadable"),
        (b"words", "multipart/form-data", 400, "request_unreadable"),
        (b"words", "text/plain", 415, "request_kind"),
        (bytes(2_000_000), "application/json", 413, "request_too_heavy"),
    ],
)
def test_a_body_that_is_none_is_a_problem(server: Served, body: bytes, kind: str, status: int, code: str) -> None:
    problem(server.ask(PATH, "POST", body, content_type=kind), status, code)


def test_a_problem_is_told_in_the_language_that_is_asked_for(server: Served) -> None:
    answer = post(server, wish(consent=False), accept_language="fr, zh-CN;q=0.8, en;q=0.5")
    found = problem(answer, 422, "consent_missing")
    assert answer.headers["content-language"] == "zh"
    assert re.search("[一-鿿]", found["detail"])
    assert re.search("[一-鿿]", found["remedy"])


def test_a_method_that_an_address_has_not_is_told_which_there_are(server: Served) -> None:
    answer = server.ask(PATH, "PUT")
    problem(answer, 405, "method_unknown")
    assert answer.headers["allow"] == "GET, POST, HEAD"
    problem(server.ask("/v1/nothing", "PUT"), 404, "address_unknown")


def _output(server: Served, id: str, format: str) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("GET", f"{PATH}/{id}/output?format={format}")
    response = line.getresponse()
    assert (response.status, response.getheader("content-type")) == (200, f"image/{format}")
    data = response.read()
    line.close()
    return data


def _stored(data: Path, photo: bytes) -> bool:
    return any(file.read_bytes() == photo for file in (data / "photos").iterdir() if file.is_file())
