"""The API at the server of the pages: the same queue, the same door, the same people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs.asking import PATH, begin, end, post, problem, told, wish
from tests.support.served import GUEST, TOKEN, Served, entered, served

FAKE = "tests.support.fake_pipeline:FakePipeline"


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For everybody, under a path."""
    told = {"FUSEWISE_TOKEN": TOKEN, "FUSEWISE_GUEST_TOKEN": GUEST, "FUSEWISE_REFUSAL": "off"}
    arguments = ("--server.address", "0.0.0.0")
    folder = tmp_path_factory.mktemp("far")
    with served(folder, *arguments, base="/faces", FUSEWISE_PIPELINE=FAKE, **told) as server:
        yield server


def test_it_answers_under_the_path_of_the_pages(far: Served) -> None:
    who = {"authorization": f"Bearer {TOKEN}"}
    made = begin(far, **who)
    assert made["urls"]["get"] == f"{far.url}/faces{PATH}/{made['id']}"
    answer = post(far, wish(), prefer="wait=60", **who)
    assert (answer.headers["location"].startswith("/faces/"), told(answer)["status"]) == (True, "succeeded")
    assert far.ask(f"{PATH}/{told(answer)['id']}/output", **who).headers["content-type"] == "image/png"
    problem(far.ask("/v1/nothing", **who), 404, "address_unknown")
    assert far.ask("/docs", **who).status == far.ask("/openapi.json", **who).status == 200
    assert "Traceback" not in far.said


def test_the_door_tells_programs_of_errors_as_programs_are_told(far: Served) -> None:
    problem(far.ask(PATH), 401, "token_wanted")
    problem(far.ask("/metrics"), 401, "token_wanted")
    problem(post(far, wish(), "/reactor/image"), 401, "token_wanted")
    problem(far.ask(PATH, host="elsewhere.example"), 421, "name_foreign")
    problem(far.ask(PATH, origin="https://elsewhere.example", authorization=f"Bearer {TOKEN}"), 403, "site_foreign")
    assert far.ask("/v1/health/live").status == 200


def test_a_visitor_is_the_one_that_they_are_on_the_pages(far: Served) -> None:
    guest = {"authorization": f"Bearer {GUEST}"}
    problem(far.ask(PATH, **guest), 403, "visitor_unknown")
    one, other = ({**guest, "cookie": f"fusewise_visitor={each * 32}"} for each in "12")
    id = begin(far, **one)["id"]
    problem(far.ask(f"{PATH}/{id}", **other), 404, "job_unknown")
    problem(far.ask("/metrics", **one), 403, "administrator_only")
    entry = entered(far, GUEST)  # a browser that has come in by the link
    assert far.ask(f"{PATH}/{id}", cookie=f"{entry}; fusewise_visitor={'1' * 32}").status == 200


def test_on_this_machine_it_is_the_person_of_the_pages(tmp_path: Path) -> None:
    with served(tmp_path, FUSEWISE_PIPELINE=FAKE) as near:
        made = end(near, begin(near)["id"])
        assert (made["status"], made["job"]["consent"]["by"]) == ("succeeded", "local")
        assert near.ask("/metrics").status == 200
        problem(near.ask(f"{PATH}/{made['id']}", "PATCH"), 405, "method_unknown")
