"""What is declared is written as codes, in which no photo's name and no hash has room."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from fusion.declared import CONSENT_WORDING, Consent, Declaration, Declared, consent_of

BY = "0123456789abcdef" * 2
AT = 1_764_229_500.0
GIVEN = {"at": AT, "kind": Declared.CONSENT, "value": "given", "wording": "2026-11", "by": BY, "job": "ab12"}


def test_a_consent_comes_back_from_json_and_its_time_can_be_read() -> None:
    consent = Consent(BY, AT)
    told = consent.to_json()
    assert Consent.from_json(told) == consent
    assert told == {"by": BY, "at": "2025-11-27T07:45:00+00:00", "wording": CONSENT_WORDING}


@pytest.mark.parametrize("broken", [{}, {"by": BY, "at": "yesterday", "wording": "1"}, {"by": "Zoë", "at": AT}, []])
def test_what_is_no_consent_is_none(broken: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Consent.from_json(broken)


def test_the_line_that_a_consent_leaves_in_the_log_has_all_of_it_and_the_job() -> None:
    assert consent_of(Consent(BY, AT, "2026-11"), "ab12") == Declaration(**GIVEN)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["value", "wording", "job", "by"])
@pytest.mark.parametrize(
    "text",
    ["my holiday.jpg", "/home/zoe/me.png", "Zoë", "zoe@example.org", hashlib.sha256(b"a photo").hexdigest(), "a" * 41],
)
def test_no_name_no_path_and_no_sha256_gets_into_the_log(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"codes|who"):
        Declaration(**GIVEN | {field: text})  # type: ignore[arg-type]
