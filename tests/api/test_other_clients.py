"""Clients of other tools, which know nothing of this one: what they send is taken, and what they read is there."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from fusion.verification import verify
from tests.support import ROOT
from tests.support.programs.asking import SOURCE, TARGET, post, problem, told, uri
from tests.support.served import Served, alone

RECORDED = (ROOT / "tests" / "data" / "reactor_request.json").read_text(encoding="utf-8")
IMAGE = "/reactor/image"


def recorded(**changes: object) -> dict[str, Any]:
    """A request as a client of ReActor's sends it, with photos in it."""
    target, source = (base64.b64encode(photo).decode() for photo in (TARGET, SOURCE))
    found: dict[str, Any] = json.loads(RECORDED.replace("TARGET", target).replace("SOURCE", source))
    return found | changes


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Whose operator has seen to it that people agreed."""
    with alone(tmp_path_factory.mktemp("agreed"), FUSEWISE_API_CONSENT="given") as server:
        yield server


def test_a_recorded_request_of_reactors_is_answered_as_it_was(agreed: Served) -> None:
    answer = post(agreed, recorded(), IMAGE)
    assert answer.status == 200, answer.body
    found = told(answer)
    picture = base64.b64decode(found["image"])
    assert Image.open(io.BytesIO(picture)).size == (120, 90)
    assert verify(picture).verdict == "claimed"
    assert found["info"]["not_honoured"] == ["upscaler", "scale", "face_restorer"]


def test_its_faces_are_those_that_are_named(agreed: Served) -> None:
    one = told(post(agreed, recorded(face_index=[1], source_faces_index=[2]), IMAGE))["info"]["id"]
    settings = told(agreed.ask(f"/v1/predictions/{one}"))["job"]["settings"]
    assert settings["faces"] == {"target": 1, "source": 2}
    both = told(post(agreed, recorded(face_index=[0, 1], source_faces_index=[3]), IMAGE))["info"]["id"]
    settings = told(agreed.ask(f"/v1/predictions/{both}"))["job"]["settings"]
    assert [(line["face"], line["photo"], line["source"]) for line in settings["map"]] == [(0, 0, 3), (1, 0, 3)]
    problem(post(agreed, recorded(face_index=["first"]), IMAGE), 422, "request_field")


def test_consent_is_asked_of_reactors_clients_too(server: Served) -> None:
    problem(post(server, recorded(), IMAGE), 422, "consent_missing")
    assert post(server, recorded(consent=True), IMAGE).status == 200


def test_an_operators_word_does_not_stand_for_that_of_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    told = {"FUSEWISE_API_CONSENT": "given", "FUSEWISE_SINGLE_USER": "false", "FUSEWISE_REFUSAL": "off"}
    with alone(tmp_path_factory.mktemp("others"), **told) as server:
        cookie = f"fusewise_visitor={'1' * 32}"
        problem(post(server, recorded(), IMAGE, cookie=cookie), 422, "consent_missing")
        assert post(server, recorded(consent=True), IMAGE, cookie=cookie).status == 200


def test_reactors_lists_are_there(server: Served) -> None:
    assert told(server.ask("/reactor/models")) == {"models": ["fusewise"]}
    assert told(server.ask("/reactor/upscalers")) == {"upscalers": ["None"]}


class Replicate:
    """What a client of Replicate's does: it asks, looks again at the address that it was given, and fetches."""

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, version: str, input: dict[str, Any]) -> bytes:
        made = self._ask(f"{self._url}/v1/predictions", {"version": version, "input": input, "stream": False})
        while made["status"] not in ("succeeded", "failed", "canceled"):
            time.sleep(0.05)
            made = self._ask(made["urls"]["get"])
        if made["status"] != "succeeded":
            raise RuntimeError(made["error"])
        with urllib.request.urlopen(made["output"]) as answer:
            return bytes(answer.read())

    def _ask(self, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": "Bearer r8_token", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return dict(json.load(answer))


def test_a_client_of_replicates_gets_its_picture(server: Served) -> None:
    named = {"swap_image": uri(SOURCE), "input_image": uri(TARGET), "consent": True}
    assert verify(Replicate(server.url).run("0123abcd", named)).verdict == "claimed"
    with pytest.raises(RuntimeError, match="No face"):
        Replicate(server.url).run("0123abcd", {**named, "ratio": 0.06})
