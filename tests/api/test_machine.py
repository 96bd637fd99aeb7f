"""Advice, diagnosis, the machine and its figures, asked over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from advisor.device import Place, Ways
from advisor.device.compute_target import Kind
from advisor.forecast import shipped
from api import advising
from api.bodies import File
from api.machine_state import Machine
from api.problems import Refused
from api.wanted import Wanted
from fusion.faces import FaceFinder
from fusion.settings import Settings
from fusion.types import EngineName, Foretold, Precision
from fusion.units import GIB
from tests.support import ROOT
from tests.support.fixtures.marked import labelled
from tests.support.programs.asking import PATH, begin, end, form, problem, told
from tests.support.served import Served, alone

KEYS: dict[str, list[str]] = json.loads((ROOT / "tests" / "data" / "json_keys.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With the limits of photos as they are."""
    with alone(tmp_path_factory.mktemp("real")) as server:
        yield server


def top(name: str) -> list[str]:
    """The outermost keys that a command line prints."""
    return [key for key in KEYS[name] if "." not in key and "[" not in key]


def test_advice_is_what_the_command_line_says(real: Served, sample_pair: tuple[bytes, bytes]) -> None:
    body, kind = form({"target": sample_pair[0], "source": sample_pair[1], "pin": '{"output": "1024"}'})
    answer = real.ask("/v1/advice", "POST", body, content_type=kind)
    assert answer.status == 200, answer.body
    found = told(answer)
    assert list(found) == top("advisor recommend")
    assert found["advice"]["chosen"]["tier"] == "1024"


def call_on(total_bytes: int, finder: FaceFinder | None = None) -> Any:
    """A request to a machine that has so much memory; without a finder no face can be looked for."""
    place = Place(Kind.CPU, "cpu", None, total_bytes, total_bytes, 0, 0)
    ways = Ways((EngineName.LANDMARK,), Precision.FLOAT32, "lanczos")
    machine = Machine(place, ways, shipped(Kind.CPU), 0, None, None)

    def found() -> FaceFinder:
        assert finder is not None, "a face is looked for"
        return finder

    return SimpleNamespace(host=SimpleNamespace(finder=found, look=lambda: machine))


def asked(pair: tuple[bytes, bytes], check: bool | None = None, **settings: Any) -> Wanted:
    return Wanted(File("", pair[0]), (File("", pair[1]),), Settings.from_json(settings), True, check)


@pytest.mark.parametrize("check", [None, True])
def test_what_does_not_fit_is_refused_with_the_advice(sample_pair: tuple[bytes, bytes], check: bool | None) -> None:
    with FaceFinder() as finder, pytest.raises(Refused) as caught:
        advising.foretold(call_on(GIB // 8, finder), asked(sample_pair, check))
    assert caught.value.error.reason.status == 507
    assert caught.value.more["advice"]["chosen"] is None
    assert caught.value.more["advice"]["options"][0]["verdict"] == "too_big"


def test_no_face_is_looked_for_where_it_fits_with_any_or_nobody_wants_to_know(sample_pair: tuple[bytes, bytes]) -> None:
    assert advising.foretold(call_on(64 * GIB), asked(sample_pair, output="2048")) == Foretold()
    assert advising.foretold(call_on(GIB // 8), asked(sample_pair, False)) == Foretold()


def test_where_sizes_alone_leave_it_in_doubt_the_faces_decide(sample_pair: tuple[bytes, bytes]) -> None:
    wish, pins = asked(sample_pair, output="4096", two_stage="off"), frozenset({"output", "two_stage"})
    doubtful = [gib for gib in range(1, 64) if not advising._fits_with_any_face(call_on(gib * GIB), wish, pins)]
    with FaceFinder() as finder:
        found = advising.foretold(call_on(doubtful[-1] * GIB, finder), wish)
    assert found.need_bytes is not None
    assert found.need_bytes < doubtful[-1] * GIB


def test_how_long_it_takes_is_told_where_it_is_asked(sample_pair: tuple[bytes, bytes]) -> None:
    with FaceFinder() as finder:
        assert advising.foretold(call_on(64 * GIB, finder), asked(sample_pair, True)).seconds is not None


def test_a_picture_of_any_tool_is_diagnosed(real: Served, sample_pair: tuple[bytes, bytes]) -> None:
    target, source = sample_pair
    body, kind = form({"target": target, "source": source, "result": target, "symptom": "blurry"})
    answer = real.ask("/v1/diagnosis", "POST", body, content_type=kind)
    assert answer.status == 200, answer.body
    assert list(told(answer)) == top("advisor diagnose")
    body, kind = form({"target": target, "source": source, "result": target, "symptom": "ugly"})
    problem(real.ask("/v1/diagnosis", "POST", body, content_type=kind), 422, "request_field")


def test_a_prediction_is_diagnosed(server: Served) -> None:
    made = end(server, begin(server)["id"])
    found = told(server.ask(f"{PATH}/{made['id']}/diagnosis?symptom=seam"))
    assert list(found) == top("advisor diagnose")
    problem(server.ask(f"{PATH}/{made['id']}/diagnosis?symptom=ugly"), 422, "request_field")


def test_the_machine_is_told_as_the_command_line_does(server: Served) -> None:
    found = told(server.ask("/v1/devices"))
    assert list(found) == top("advisor devices")


def test_what_can_be_asked_for_is_told(server: Served) -> None:
    found = told(server.ask("/v1/capabilities"))
    assert "landmark" in found["engines"]
    assert found["limits"]["photo_bytes"] == int(0.05 * 2**20)
    assert found["label"] == "AI-modified"
    assert found["consent"] == {"is_required": True, "wording": "2026-11"}
    assert found["settings"]["ranges"]["ratio"] == [0, 1]


def test_a_picture_is_asked_where_it_is_from(server: Served) -> None:
    known = told(server.ask("/v1/verify", "POST", labelled("PNG"), content_type="image/png"))
    assert known["verdict"] in ("claimed", "broken")
    assert known["ai"] is True
    found = problem(server.ask("/v1/verify", "POST", b"words", content_type="image/png"), 415, "photo_unreadable")
    assert found["reason"] == found["code"]


def test_the_server_says_whether_it_works(server: Served) -> None:
    assert told(server.ask("/v1/health/live")) == {"status": "live"}
    end(server, begin(server)["id"])
    assert told(server.ask("/v1/health/ready")) == {"status": "ready"}


def test_figures_are_as_prometheus_reads_them(server: Served) -> None:
    end(server, begin(server)["id"])
    end(server, begin(server, 0.06)["id"])
    answer = server.ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    values = {}
    for line in answer.body.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [-+.e\d]+', line), line
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            values[name] = float(value)
    assert values['fusewise_jobs{state="done"}'] >= 1
    assert values['fusewise_jobs_failed{reason="no_face"}'] >= 1
    assert values['fusewise_stage_seconds_count{stage="fuse"}'] >= 1
    assert values['fusewise_workers{state="dead"}'] == 0
    measured, forecast = (
        f'fusewise_job_peak{each}_bytes{{engine="landmark",device="cpu"}}' for each in ("", "_forecast")
    )
    assert values[measured] > 0
    assert values[forecast] > 0
