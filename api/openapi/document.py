"""The description of the API by OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from api.openapi.schemas import PHOTO, STATUSES, Schema, ref, schemas
from fusion import __version__
from fusion.photos import Format

PROBLEM = "application/problem+json"
JSON, FORM = "application/json", "multipart/form-data"
_ALWAYS = (400, 401, 403, 405, 421, 429, 500, 503)
_BODY = (*_ALWAYS, 409, 413, 415, 422)
_ONE = (*_ALWAYS, 404, 409, 410, 422)
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
MODEL = "/v1/models/{owner}/{name}"  # any: there is one model here
_NAMED = [{**_ID, "name": name} for name in ("owner", "name")]
_EVENT = {"type": "object", "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {}}}
_SYMPTOM = ["all", "blurry", "seam", "slow", "no_face"]

Operation = dict[str, Any]


def document(base: str = "") -> dict[str, Any]:
    """The description.

    Args:
        base: what every address begins with.
    """
    about = "Guided face fusion over HTTP: what a page of Fusewise does, asked by programs."
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fusewise", "version": __version__, "description": about},
        "servers": [{"url": base or "/"}],
        "security": [{}, {"bearer": []}],
        "paths": {**_predictions(), **_advice(), **_verify(), **_machine(), **_reactor()},
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _predictions() -> dict[str, dict[str, Operation]]:
    one, found = "/v1/predictions/{id}", {200: _json("Prediction")}
    made = {201: _json("Prediction"), **found, 507: _problem(507)}
    format, symptom = _query("format", {"enum": list(map(str, Format))}), _query("symptom", {"enum": _SYMPTOM})
    output = {200: {"description": "The picture.", "content": {f"image/{each}": {"schema": {}} for each in Format}}}
    streamed = {200: _content("text/event-stream", _EVENT), 204: {"description": "It was told already how it ended."}}
    recipe = {200: {"description": "The recipe.", "content": {JSON: {"schema": {"type": "object"}}}}}
    deleted = {204: {"description": "It is gone, with its photos and its result."}}
    diagnosis = {200: _json("Diagnosis"), 413: _problem(413), 415: _problem(415)}
    body, version = _body("PredictionInput"), {200: _json("Version")}
    versioned = [*_NAMED, {**_ID, "name": "version"}]
    last = _header("Last-Event-ID", {"type": "string"}, "What was told already.")
    return {
        "/v1/predictions": {
            "get": _operation("List predictions", {200: _json("Predictions")}, (*_ALWAYS, 422), _listing()),
            "post": _operation("Fuse", made, _BODY, _asking(), body),
        },
        f"{MODEL}/predictions": {
            "post": _operation("Fuse, as clients of Replicate ask", made, _BODY, [*_NAMED, *_asking()], body)
        },
        f"{MODEL}/versions/{{version}}": {"get": _operation("What it takes, for them", version, _ALWAYS, versioned)},
        one: {
            "get": _operation("A prediction as it is now", found, _ONE, [_ID]),
            "delete": _operation("Remove it at once", deleted, _ONE, [_ID]),
        },
        f"{one}/cancel": {"post": _operation("Stop it", found, _ONE, [_ID])},
        f"{one}/events": {"get": _operation("How far it is, as it goes", streamed, _ONE, [_ID, last])},
        f"{one}/output": {"get": _operation("The picture", output, _ONE, [_ID, format])},
        f"{one}/recipe": {"get": _operation("The recipe", recipe, _ONE, [_ID])},
        f"{one}/diagnosis": {"get": _operation("What may be wrong with it", diagnosis, _ONE, [_ID, symptom])},
    }


def _advice() -> dict[str, dict[str, Operation]]:
    advised, found = {200: _json("Advice"), 507: _problem(507)}, {200: _json("Diagnosis")}
    return {
        "/v1/advice": {"post": _operation("What will fit, and how soon", advised, _BODY, [], _body("AdviceInput"))},
        "/v1/diagnosis": {
            "post": _operation("What is wrong with a picture of any tool", found, _BODY, [], _body("DiagnosisInput"))
        },
    }


def _verify() -> dict[str, dict[str, Operation]]:
    file = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    body = {"content": {FORM: {"schema": file}, **{f"image/{each}": {"schema": {}} for each in Format}}}
    found = {200: _json("Origin")}
    asked = _operation("Where a picture says it is from", found, (*_ALWAYS, 413, 415, 422), [], body)
    return {"/v1/verify": {"post": asked}}


def _machine() -> dict[str, dict[str, Operation]]:
    some = {200: {"description": "It.", "content": {JSON: {"schema": {"type": "object"}}}}}
    health = {200: _json("Health"), 503: _json("Health", "Not now.")}
    return {
        "/v1/devices": {"get": _operation("The machine", some, _ALWAYS)},
        "/v1/capabilities": {"get": _operation("What can be asked for", some, _ALWAYS)},
        "/v1/health/live": {"get": _operation("Whether the server answers", {200: _json("Health")}, _ALWAYS)},
        "/v1/health/ready": {"get": _operation("Whether jobs are taken up", health, (400, 405, 421, 500))},
        "/metrics": {"get": _operation("Figures for Prometheus", {200: _content("text/plain")}, _ALWAYS)},
    }


def _reactor() -> dict[str, dict[str, Operation]]:
    made, ended = {200: _json("ReactorOutput")}, (*_BODY, 404, 410, 504, 507)
    image = _operation("As ReActor's clients ask", made, ended, [], _body("ReactorInput", has_form=False))
    return {"/reactor/image": {"post": image}}


def _operation(
    summary: str,
    answers: dict[int, Schema],
    problems: Iterable[int],
    parameters: Iterable[Schema] = (),
    body: Schema | None = None,
) -> Operation:
    found = {**{status: _problem(status) for status in problems}, **answers}
    made: Operation = {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {str(status): found[status] for status in sorted(found)},
    }
    return made if body is None else {**made, "requestBody": body}


def _asking() -> list[Schema]:
    key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return [
        _header("Idempotency-Key", key, "The same again is the same job."),
        _header("Prefer", {"type": "string", "examples": ["wait=60"]}, "wait=N: answer when it has ended."),
    ]


def _listing() -> list[Schema]:
    return [
        _query("cursor", {"type": "string", "pattern": "^[0-9]{1,18}$"}),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
        _query("status", {"enum": STATUSES}),
        _query("batch", {"type": "string"}),
    ]


def _header(name: str, shape: Schema, about: str) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": shape, "description": about}


def _query(name: str, shape: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": shape}


def _body(name: str, *, has_form: bool = True) -> Schema:
    content: dict[str, Schema] = {JSON: {"schema": ref(name)}}
    if has_form:
        content[FORM] = {"schema": _form(name)}
    return {"required": True, "content": content}


def _form(name: str) -> Schema:
    """The same as a form: its photos are files."""
    shape = schemas()[name]
    file = {"type": "string", "format": "binary", "description": PHOTO["description"]}
    photos = {each: file for each in ("target", "source", "result") if each in shape["properties"]}
    return {**shape, "properties": {**shape["properties"], **photos}}


def _json(name: str, about: str = "") -> Schema:
    return {"description": about or name, "content": {JSON: {"schema": ref(name)}}}


def _content(kind: str, shape: Schema | None = None) -> Schema:
    return {"description": kind, "content": {kind: {"schema": shape or {"type": "string"}}}}


def _problem(status: int) -> Schema:
    return {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": ref("Problem")}}}
