"""Who may ask, and whose what is: the API alone for several people, with tokens and cookies as on the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.programs.asking import PATH, begin, end, form, get, post, problem, told, wish
from tests.support.served import GUEST, TOKEN, Served, alone

ADMINISTRATOR = {"authorization": f"Bearer {TOKEN}"}
ONE = {"authorization": f"Bearer {GUEST}", "cookie": f"fusewise_visitor={'1' * 32}"}
OTHER = {"authorization": f"Bearer {GUEST}", "cookie": f"fusewise_visitor={'2' * 32}"}


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For everybody; photos are not examined, for which a network would have to be installed."""
    told = {"FUSEWISE_TOKEN": TOKEN, "FUSEWISE_GUEST_TOKEN": GUEST, "FUSEWISE_REFUSAL": "off"}
    with alone(tmp_path_factory.mktemp("far"), "--address", "0.0.0.0", **told) as server:
        yield server


def test_nobody_is_let_in_without_a_token(far: Served) -> None:
    answer = far.ask(PATH)
    problem(answer, 401, "token_wanted")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(far.ask(PATH, authorization="Bearer wrong-token-number-one"), 401, "token_wanted")
    assert far.ask("/v1/health/live").status == 200


def test_a_visitor_sees_their_own_and_nothing_of_others(far: Served) -> None:
    id = begin(far, **ONE)["id"]
    assert far.ask(f"{PATH}/{id}", **ONE).status == 200
    for each in ("", "/output", "/recipe", "/events", "/diagnosis"):
        problem(far.ask(f"{PATH}/{id}{each}", **OTHER), 404, "job_unknown")
    problem(far.ask(f"{PATH}/{id}", "DELETE", **OTHER), 404, "job_unknown")
    problem(far.ask(f"{PATH}/{id}/cancel", "POST", **OTHER), 404, "job_unknown")
    assert id in {each["id"] for each in told(far.ask(PATH, **ONE))["results"]}
    assert told(far.ask(PATH, **OTHER))["results"] == []


def test_a_key_is_each_visitors_own(far: Served) -> None:
    ids = {told(post(far, wish(), idempotency_key="k", **who))["id"] for who in (ONE, OTHER, ADMINISTRATOR)}
    assert len(ids) == 3


def test_a_guest_says_which_one_they_are(far: Served) -> None:
    for method, path in (("GET", PATH), ("GET", f"{PATH}/x"), ("DELETE", f"{PATH}/x")):
        problem(far.ask(path, method, authorization=f"Bearer {GUEST}"), 403, "visitor_unknown")
    problem(post(far, wish(), authorization=f"Bearer {GUEST}"), 403, "visitor_unknown")


def test_the_administrators_token_is_one_person(far: Served) -> None:
    id = begin(far, **ADMINISTRATOR)["id"]
    assert far.ask(f"{PATH}/{id}", **ADMINISTRATOR).status == 200
    problem(far.ask(f"{PATH}/{id}", **ONE), 404, "job_unknown")


def test_addresses_are_those_that_a_proxy_was_asked_by(far: Served) -> None:
    id = begin(far, **ADMINISTRATOR)["id"]
    near, passed = (
        get(far, id, **ADMINISTRATOR, **more)["urls"]["get"] for more in ({}, {"x_forwarded_proto": "https"})
    )
    assert (near.partition(":")[0], passed.partition(":")[0]) == ("http", "https")


def test_figures_are_for_the_administrator(far: Served) -> None:
    problem(far.ask("/metrics", **ONE), 403, "administrator_only")
    assert far.ask("/metrics", **ADMINISTRATOR).status == 200
    assert told(far.ask("/v1/devices", **ONE))["host"]["folder"] == ""
    assert told(far.ask("/v1/devices", **ADMINISTRATOR))["host"]["folder"] == str(far.data)


def test_consent_is_kept_by_a_pseudonym(far: Served) -> None:
    by = {begin(far, **who)["job"]["consent"]["by"] for who in (ONE, OTHER)}
    assert len(by) == 2
    assert all(len(each) == 32 for each in by)


def test_other_sites_and_names_are_refused(far: Served) -> None:
    problem(far.ask(PATH, origin="https://elsewhere.example", **ONE), 403, "site_foreign")
    problem(far.ask(PATH, host="elsewhere.example", **ONE), 421, "name_foreign")


def test_who_guesses_tokens_has_to_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    with alone(tmp_path_factory.mktemp("tried"), FUSEWISE_TOKEN=TOKEN) as server:
        for number in range(10):
            problem(server.ask(PATH, authorization=f"Bearer wrong-token-number-{number}"), 401, "token_wanted")
        answer = server.ask(PATH, **ADMINISTRATOR)
        problem(answer, 429, "too_busy")
        assert int(answer.headers["retry-after"]) > 0


def test_other_sites_may_ask_where_they_are_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = "https://studio.example"
    with alone(tmp_path_factory.mktemp("across"), "--allowed-origin", site, FUSEWISE_TOKEN=TOKEN) as server:
        assert server.ask(PATH, origin=site, **ADMINISTRATOR).headers["access-control-allow-origin"] == site
        asked = {"origin": site, "access_control_request_method": "POST"}
        assert server.ask(PATH, "OPTIONS", **asked).status == 200
        problem(server.ask(PATH, "OPTIONS", origin=site), 401, "token_wanted")
        problem(server.ask(PATH, origin="https://elsewhere.example"), 403, "site_foreign")
        assert "access-control-allow-origin" not in server.ask(PATH, **ADMINISTRATOR).headers


def test_photos_that_are_refused_are_not_fused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with alone(
        tmp_path_factory.mktemp("examined"), FUSEWISE_SINGLE_USER="false", FUSEWISE_REFUSAL_THRESHOLD="0"
    ) as server:
        found = told(post(server, wish(), prefer="wait=60", cookie=ONE["cookie"]))
        assert (found["status"], found["problem"]["code"]) == ("failed", "photos_refused")


def test_what_comes_from_this_machine_is_one_persons(server: Served) -> None:
    body, kind = form({"target": b"", "source": b"", "consent": "true"})
    problem(server.ask(PATH, "POST", body, content_type=kind), 422, "photo_empty")
    assert end(server, begin(server)["id"])["status"] == "succeeded"
