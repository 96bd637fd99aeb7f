"""The error tree: every reason has a remedy, and every error survives the way from the worker to the page."""

from __future__ import annotations

import ast
import json
import string

import pytest
import typer

from fusion import command, errors
from fusion.errors import KINDS, SENTENCES, Exit, FusionError, from_json
from tests.support import ROOT
from tests.support.claims import none_of

_NUMBERS = ("f", "g")  # endings of the format codes that only numbers can take


def details_of(reason: str) -> dict[str, str | int | float]:
    """A value for every name in the sentences of a reason."""
    found: dict[str, str | int | float] = {}
    for sentence in SENTENCES[reason][:2]:
        for _, name, code, _ in string.Formatter().parse(sentence):
            if name is not None:
                found[name] = 1.5 if (code or "").endswith(_NUMBERS) else found.get(name, "something")
    return found


def test_every_reason_says_what_happened_and_what_to_do(subtests: pytest.Subtests) -> None:
    for reason in SENTENCES:
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

    made = [kind(reason, **details_of(reason)) for kind in KINDS.values() for reason in SENTENCES]
    back = [from_json(json.loads(json.dumps(error.to_json()))) for error in made]
    both = [(facts(sent), facts(come)) for sent, come in zip(made, back, strict=True)]
    none_of({f"{sent[:2]}": come for sent, come in both if sent != come})


def test_every_kind_can_cross_the_pipe() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FusionError)}
    assert set(KINDS.values()) == kinds


def test_a_sentence_without_its_values_is_a_bug_that_shows() -> None:
    with pytest.raises(KeyError):
        FusionError("no_face")


def test_every_reason_that_the_code_raises_is_known() -> None:
    raised = {
        (file.name, call.args[0].value)
        for folder in ("fusion", "advisor", "pages")
        for file in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KINDS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert raised
    assert {(file, reason) for file, reason in raised if reason not in SENTENCES} == set()


# The reasons for which what was given is not to blame: the machine, the network, the disk, a job's state.
_FAILED = (
    *("weights_", "download_"),
    *("out_of_memory", "device_failed", "fusion_blank", "worker_", "job_timeout", "interrupted", "cancelled"),
    *("result_gone", "photos_gone", "batch_no_result", "ledger_unusable", "trial_failed", "internal", "output_failed"),
    *("administrator_only", "job_unreadable", "data_unusable", "disk_full", "files_stuck"),
)


@pytest.mark.parametrize("kind", [FusionError, errors.OutputRejected])
def test_a_command_ends_with_the_code_of_the_reason_whatever_the_class(
    kind: type[FusionError], capfd: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for reason in SENTENCES:
        with subtests.test(reason=reason):
            code = command.run(_failing(kind(reason, **details_of(reason))), [], "fail")
            told = capfd.readouterr()
            assert code == SENTENCES[reason].exit
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
    assert {sentence.exit for sentence in SENTENCES.values()} == {Exit.FAILED, Exit.BAD_INPUT}
    assert [int(code) for code in Exit] == [0, 1, 2, 130]
