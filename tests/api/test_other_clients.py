"""Clients of other tools, which know nothing of this one: what they send is taken, and what they read is there."""

from __future__ import annotations

import base64
import io
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from replicate.client import Client
from replicate.exceptions import ModelError

from api.server.tokens import TRIES
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


@pytest.fixture
def client(server: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The client of Replicate as it is, with a token that says nothing here."""
    monkeypatch.setenv("REPLICATE_POLL_INTERVAL", "0.05")
    made = Client(api_token="r8_token", base_url=server.url)
    yield made
    made._client.close()  # it has no way to be closed


def named(**changes: object) -> dict[str, Any]:
    return {"swap_image": uri(SOURCE), "input_image": uri(TARGET), "consent": True, **changes}


def picture(address: object) -> str:
    """How a fetched result says where it is from."""
    assert isinstance(address, str)
    with urllib.request.urlopen(address) as answer:
        return str(verify(answer.read()).verdict)


@pytest.mark.parametrize("model", ["fusewise/fusewise", "someone/face-swap:0123abcd"])
def test_the_client_of_replicate_runs_unchanged(client: Client, model: str) -> None:
    assert picture(client.run(model, input=named())) == "claimed"
    with pytest.raises(ModelError, match="No face"):
        client.run(model, input=named(ratio=0.06))


def test_it_takes_files_as_base64_too(client: Client) -> None:
    files = named(swap_image=io.BytesIO(SOURCE), input_image=io.BytesIO(TARGET))
    assert picture(client.run("fusewise/fusewise", input=files, file_encoding_strategy="base64")) == "claimed"


def test_its_predictions_are_looked_at_listed_and_cancelled(client: Client) -> None:
    made = client.predictions.create(version="0123abcd", input=named())
    made.wait()
    assert made.status == "succeeded"
    assert client.predictions.list().results[0].id == made.id
    other = client.predictions.create(version="0123abcd", input=named())
    other.cancel()
    other.wait()
    assert other.status in ("canceled", "succeeded")


def test_a_token_of_another_service_is_no_guess_where_none_is_asked_for(server: Served) -> None:
    asked = [server.ask("/v1/capabilities", Authorization="Bearer r8_token").status for _ in range(2 * TRIES)]
    assert asked == [200] * (2 * TRIES)
