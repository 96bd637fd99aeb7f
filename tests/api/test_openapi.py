"""The description of the API is of what there is, and what there is, is as it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from api.openapi import document, page
from api.openapi.schemas import schemas
from api.routes import handlers
from fusion.settings import Settings
from fusion.types import State
from tests.support import ROOT
from tests.support.programs.asking import begin, end, get, post, problem, told, wish
from tests.support.served import Served

PINNED: dict[str, list[str]] = json.loads((ROOT / "tests" / "data" / "json_keys.json").read_text(encoding="utf-8"))
UNDESCRIBED = {"/openapi.json", "/docs", "/reactor/models", "/reactor/upscalers"}


def check(found: object, name: str) -> None:
    """That something has a described shape."""
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas()}}
    jsonschema.Draft202012Validator(root).validate(found)


def test_every_address_is_described_and_no_other() -> None:
    described = {path: {method.upper() for method in methods} for path, methods in document()["paths"].items()}
    there = {path: set(methods) for path, methods in handlers().items() if path not in UNDESCRIBED}
    assert described == there


def test_the_settings_are_described_as_they_are() -> None:
    check(Settings().to_json(), "Settings")
    assert set(schemas()["Settings"]["properties"]) == {*Settings().to_json(), "map"}
    with pytest.raises(jsonschema.ValidationError):
        check({"ratio": 2}, "Settings")


def test_what_is_answered_has_the_described_shape(server: Served) -> None:
    made = begin(server)
    check(made, "Prediction")
    check(end(server, made["id"]), "Prediction")
    failed = end(server, begin(server, 0.06)["id"])
    check(failed, "Prediction")
    check(told(server.ask("/v1/predictions")), "Predictions")
    check(problem(post(server, wish(consent=False)), 422, "consent_missing"), "Problem")
    check(wish(), "PredictionInput")
    assert get(server, made["id"])["job"]["state"] in list(State)


def test_the_keys_stay_as_programs_read_them(server: Served) -> None:
    made, failed = (end(server, begin(server, ratio)["id"]) for ratio in (0.5, 0.06))
    found = list(dict.fromkeys(path for each in (made, failed) for path in keys(each) if not path.startswith("job.")))
    assert found == PINNED["api prediction"], json.dumps(found)
    jobs = [path.removeprefix("jobs[].") for path in PINNED["fusion jobs list"] if path.startswith("jobs[].")]
    assert list(made["job"]) == [path for path in jobs if "." not in path and "[" not in path]


def keys(value: object, at: str = "") -> Iterator[str]:
    """The path of every key within, in the order in which they come; of the settings none."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        path = f"{at}.{key}" if at else key
        yield path
        if path != "input.settings":
            yield from keys(inner, path)


def test_the_page_shows_it_without_anything_from_elsewhere(server: Served) -> None:
    answer = server.ask("/docs")
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.body
    assert "http" not in answer.body.replace("https://json-schema.org", "")
    assert all(path in page(document()) for path in document()["paths"])
    assert json.loads(server.ask("/openapi.json").body) == json.loads(json.dumps(document()))


def test_what_is_made_of_the_description_is_answered_as_it_says(tmp_path: Path) -> None:
    pytest.importorskip("schemathesis")
    from benchmarks.api import contract

    found = contract.run(tmp_path, 2, 1)
    assert (found["failures"], found["operations"]) == ([], len(handlers()) - len(UNDESCRIBED) + 2)
    assert found["cases"] > 200
