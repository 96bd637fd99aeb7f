"""The error tree: every reason has a remedy, and every error survives the way from the worker to the page."""

from __future__ import annotations

import ast
import json
import re
import string
from http import HTTPStatus
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from fusion import errors
from fusion.cli import command_line
from fusion.errors import (
    Exit,
    FusionError,
    Phrase,
    PhraseCode,
    Reason,
    from_json,
    reasons,
    revived,
)
from fusion.errors.english_phrases import PHRASES
from fusion.errors.tree import KINDS, SENTENCES
from pages.parts.i18n import Words
from tests.support import ROOT
from tests.support.claims import none_of

_NUMBERS = ("f", "g")  # endings of the format codes that only numbers can take


def details_of(reason: Reason) -> dict[str, str | int | float]:
    """A value for every name in the sentences of a reason."""
    found: dict[str, str | int | float] = {}
    for sentence in SENTENCES[reason]:
        for _, name, code, _ in string.Formatter().parse(sentence):
            if name is not None:
                found[name] = 1.5 if (code or "").endswith(_NUMBERS) else found.get(name, "something")
    return found


def test_every_reason_says_what_happened_and_what_to_do(subtests: pytest.Subtests) -> None:
    for reason in Reason:
        with subtests.test(reason=reason):
            error = FusionError(reason, **details_of(reason))
            assert error.message
            assert error.remedy
            assert str(error) == error.message
            assert "{" not in error.message + error.remedy
            assert "\n" not in error.message + error.remedy


def test_every_error_survives_the_pipe() -> None:
    def facts(error: FusionError) -> tuple[object, ...]:
        return type(error), error.reason, error.details, error.message, error.remedy

    made = [kind(reason, **details_of(reason)) for kind in KINDS.values() for reason in Reason]
    back = [from_json(json.loads(json.dumps(error.to_json()))) for error in made]
    both = [(facts(sent), facts(come)) for sent, come in zip(made, back, strict=True)]
    none_of({f"{sent[:2]}": come for sent, come in both if sent != come})


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


def test_every_kind_can_cross_the_pipe() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FusionError)}
    assert set(KINDS.values()) == kinds


def test_a_sentence_without_its_values_is_a_bug_that_shows() -> None:
    with pytest.raises(KeyError):
        FusionError(Reason.NO_FACE)


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_reason_is_no_plain_text(kind: type[FusionError]) -> None:
    with pytest.raises(AttributeError):
        kind("photo_empty")  # type: ignore[arg-type]


def test_every_reason_is_somebodys() -> None:
    sources = [file for folder in ("fusion", "advisor", "api", "pages") for file in (ROOT / folder).rglob("*.py")]
    named = {
        node.attr
        for file in sources
        if not file.name.startswith("english_")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason"
    }
    assert {reason.name for reason in Reason} - named == set()


def test_a_reason_goes_by_its_name() -> None:
    assert all(Reason.of(str(reason)) is reason and reason.name == reason.upper() for reason in Reason)
    assert Reason.of("none such") is None


# The reasons for which what was given is not to blame: the machine, the network, the disk, a job's state.
_FAILED = (
    *("weights_", "download_", "parser_"),
    *(
        "out_of_memory",
        "device_failed",
        "card_without_code",
        "fusion_blank",
        "worker_",
        "cluster_",
        "node_",
        "job_timeout",
        "interrupted",
        "cancelled",
    ),
    *("result_gone", "photos_gone", "batch_no_result", "ledger_unusable", "trial_failed", "internal", "output_failed"),
    *(
        "administrator_only",
        "job_unreadable",
        "desk_unreadable",
        "data_unusable",
        "disk_full",
        "files_stuck",
        "unknown",
    ),
    *("sign_failed", "sign_time", "check_missing"),
    *("too_busy", "not_done", "nothing_fits", "token_wanted", "visitor_unknown", "site_foreign"),
    "name_foreign",
)


@pytest.mark.parametrize("kind", [FusionError, errors.OutputRejected])
def test_a_command_ends_with_the_code_of_the_reason_whatever_the_class(
    kind: type[FusionError], capfd: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for reason in Reason:
        with subtests.test(reason=reason):
            code = command_line.run(_failing(kind(reason, **details_of(reason))), [], "fail")
            told = capfd.readouterr()
            assert code == reason.exit
            assert code == (Exit.FAILED if reason.startswith(_FAILED) else Exit.BAD_INPUT)
            assert told.out == ""
            assert told.err.startswith("fusewise: ")
            assert told.err.count("\n") == 1


def _failing(error: FusionError) -> typer.Typer:
    """A command line that ends with an error."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    return app


def test_only_the_codes_that_are_documented_are_used() -> None:
    assert {reason.exit for reason in Reason} == {Exit.FAILED, Exit.BAD_INPUT}
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4, 130]


# What a client did right, and still gets no answer: it may come back, or ask for something else.
_OF_ITS_TIME = {
    *(Reason.ADMINISTRATOR_ONLY, Reason.BATCH_NO_RESULT, Reason.CANCELLED, Reason.DOWNLOAD_BUSY),
    *(Reason.PHOTOS_GONE, Reason.RESULT_GONE, Reason.TOO_BUSY, Reason.NOT_DONE, Reason.TOKEN_WANTED),
    *(Reason.VISITOR_UNKNOWN, Reason.SITE_FOREIGN, Reason.NAME_FOREIGN),
}
# No request has in it what Fusewise is started with: tokens, certificates, extras.
_OF_WHO_RUNS_IT = {
    *(Reason.TOKEN_WEAK, Reason.TOKENS_ALIKE, Reason.SIGN_HALF, Reason.SIGN_MISSING, Reason.SIGN_FILE),
    *(Reason.SIGN_KEY_OTHER, Reason.SIGN_SELF, Reason.SIGN_CHAIN, Reason.SIGN_DATES, Reason.SIGN_REFUSED),
}


def test_a_status_says_on_whose_side_it_failed_as_the_exit_code_does(subtests: pytest.Subtests) -> None:
    for reason in Reason:
        with subtests.test(reason=reason):
            is_of_client = 400 <= reason.status < 500
            assert is_of_client or 500 <= reason.status < 600
            assert is_of_client == (
                reason in _OF_ITS_TIME or (reason.exit == Exit.BAD_INPUT and reason not in _OF_WHO_RUNS_IT)
            )


def test_every_status_is_explained() -> None:
    explained = {int(code) for code in re.findall(r"\b[45]\d\d\b", reasons.__doc__ or "")}
    assert {int(reason.status) for reason in Reason} == explained


def test_a_limit_that_is_passed_is_413() -> None:
    beyond = [reason for reason in Reason if reason.endswith(("_too_heavy", "_too_large", "_too_many", "_too_deep"))]
    assert beyond
    assert {reason.status for reason in beyond} == {HTTPStatus.REQUEST_ENTITY_TOO_LARGE}


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_PHRASES = st.builds(
    Phrase,
    st.just(PhraseCode.ONE_OF),
    st.fixed_dictionaries({"names": st.lists(_TEXTS).map(tuple)}),
)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(lambda name: name not in ("self", "reason")),
        st.one_of(_TEXTS, st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), _PHRASES),
    )
)
def test_details_survive_the_way_through_json(details: dict[str, Any]) -> None:
    error = FusionError(Reason.PHOTO_EMPTY, **details)
    assert from_json(json.loads(json.dumps(error.to_json()))).details == details


def test_every_phrase_survives_the_pipe(subtests: pytest.Subtests) -> None:
    for code in PhraseCode:
        with subtests.test(code=code):
            names = [name for _, name, _, _ in string.Formatter().parse(PHRASES[code]) if name]
            phrase = Phrase(code, {name: ("a", "b") if name == "names" else 1.5 for name in names})
            back = from_json(json.loads(json.dumps(FusionError(Reason.PHOTO_EMPTY, it=phrase).to_json()))).details["it"]
            assert (back, str(back)) == (phrase, str(phrase))
            assert str(phrase)
            assert "{" not in PHRASES[code].format(**phrase.named)


def test_a_phrase_holds_data_and_is_spoken_where_it_is_shown() -> None:
    error = FusionError(
        Reason.SETTING_VALUE, key="mode", value="melt", allowed=Phrase(PhraseCode.ONE_OF, {"names": ("a", "b")})
    )
    assert error.message == "mode is melt; it must be one of a, b."
    assert error.to_json()["details"]["allowed"] == {"phrase": "one_of", "details": {"names": ("a", "b")}}


def test_names_in_a_phrase_are_printable_too() -> None:
    error = FusionError(Reason.PHOTO_EMPTY, it=Phrase(PhraseCode.LIKE, {"example": "\udcff"}))
    assert str(error.details["it"]) == "like %FF"


def test_what_an_older_version_stored_as_text_is_shown_as_it_is() -> None:
    details = {"key": "ratio", "value": "3", "allowed": "between 0 and 1"}
    error = from_json({"kind": "SettingsInvalid", "reason": "setting_value", "details": details})
    assert error.message == "ratio is 3; it must be between 0 and 1."
    assert Words("zh").error(error)[0] == "ratio 的值为 3，应为 between 0 and 1。"


@pytest.mark.parametrize(
    "stored",
    [
        {"kind": "FusionError", "reason": "moon_full", "details": {}},
        {"kind": "MoonFailed", "reason": "moon_full", "details": {"phase": 3}},
        {"kind": "NoFace", "reason": "no_face", "details": {}},  # it had another value, or none
        {"kind": "PhotoRejected", "reason": "photo_too_heavy", "details": {"megabytes": "many", "limit_megabytes": 1}},
        {"kind": "SettingsInvalid", "reason": "setting_unknown", "details": {"key": {"phrase": "moon", "details": {}}}},
    ],
)
def test_an_error_of_another_version_names_its_reason(stored: dict[str, Any]) -> None:
    error = from_json(stored)
    assert (error.reason, error.details) == (Reason.UNKNOWN, {"name": stored["reason"]})
    assert stored["reason"] in error.message
    assert all(re.search(r"[一-鿿]", text) for text in Words("zh").error(error))


def test_a_kind_of_another_version_is_an_error_all_the_same() -> None:
    error = revived("cancelled", {}, "MoonFailed")
    assert (type(error), error.reason) == (FusionError, Reason.CANCELLED)


@pytest.mark.parametrize("damaged", [{}, {"reason": "no_face"}, {"kind": "x", "reason": "no_face", "details": 3}])
def test_what_never_was_an_error_is_none(damaged: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        from_json(damaged)
