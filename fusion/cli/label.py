"""`python -m fusion label [show|on|off]`: whether pictures that leave show that they are AI-made, in which language.

`fuse` and `batch` draw the label into what they write, since that leaves at once; the app draws it into what is taken
along. An answer given here holds for both, on this data folder.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Annotated

import typer

from fusion import config
from fusion.cli import streams
from fusion.declared import COMMAND_LINE
from fusion.errors import FusionError
from fusion.jobs import Jobs
from fusion.labels import DUTY, Label, Says, Standing
from fusion.scripting import labelling
from fusion.storage import Archive
from fusion.types import Switch

_HOW = "`python -m fusion label` says why, and changes it"
_SAID = "label_said"  # the option that is there once that was said
_BECAUSE = {
    Says.ENVIRONMENT: "FUSEWISE_LABEL says so",
    Says.ANSWER: "you have said so",
    Says.NOBODY: "nobody has said otherwise",
}
_KEPT = "Your answer is logged for six months, without any photo (`python -m fusion log --kind label`)."

app = typer.Typer(help="The visible label: whether pictures that leave show that they are AI-made.")

LanguageFlag = Annotated[
    Label | None, typer.Option("--language", help="What it says: AI-modified (en) or AI生成 (zh), from now on.")
]


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show()


@app.command("show")
def show() -> None:
    """Whether the label is drawn, what it says, and why."""
    standing = labelling.standing()
    streams.answer(f"{_told(standing)}: {_BECAUSE[standing.says]}.")
    if standing.can_change:
        streams.answer(f"Change it with: python -m fusion label {'off' if standing.is_drawn else 'on'}")
        other = next(label for label in Label if label != standing.language)
        streams.answer(f"In another language: python -m fusion label on --language {other}")


@app.command("on")
def switch_on(language: LanguageFlag = None) -> None:
    """Draw it into pictures that leave from now on."""
    _choose(True, language)


@app.command("off")
def switch_off(
    language: LanguageFlag = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: the duty is known.")] = False,
) -> None:
    """Leave it out from now on; the file still says in its metadata that it is AI-made."""
    streams.report(DUTY[Label.of(labelling.spoken())])
    streams.report(_KEPT)
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("say that you know this duty: --yes")
        typer.confirm("Leave the label out?", abort=True)
    _choose(False, language)


def to_draw() -> Label | None:
    """What is to be drawn into a picture that the command line writes now; None for nothing.

    A terminal where nobody has answered yet is told once that there will be one. Where the answer cannot be read there
    will be one too, and a line says that.

    Raises:
        SettingsInvalid: FUSEWISE_LABEL is no word that is known.
    """
    config.load()
    try:
        standing = labelling.standing()
    except FusionError as error:
        streams.note(f"{error.message} Nobody can tell whether the label shall be left out: it is drawn.")
        return Label.of(labelling.spoken())
    if standing.is_open and sys.stderr.isatty():
        _say_once(standing)
    return standing.label


def _say_once(standing: Standing) -> None:
    store = labelling.store()
    with contextlib.suppress(FusionError):  # where nothing can be kept it is said each time
        if store.exists and Archive(store).option(_SAID) is not None:
            return
    streams.complain(f"“{standing.language.text}” is drawn into the picture: {_HOW}. (This is said once.)")
    with contextlib.suppress(FusionError):
        Archive(store).choose(_SAID, Switch.ON)


def _choose(is_drawn: bool, language: Label | None) -> None:
    with contextlib.closing(Jobs()) as queue:
        if language is not None:
            queue.speak_label(language)
        queue.choose_label(is_drawn, owner=COMMAND_LINE)
    standing = labelling.standing()
    streams.report(f"{_told(standing)}.")
    if not standing.can_change:
        streams.complain("FUSEWISE_LABEL is above your answer, which is kept for when it is not set.")


def _told(standing: Standing) -> str:
    text = standing.language.text
    return f"“{text}” is drawn into pictures that leave" if standing.is_drawn else f"“{text}” is not drawn"
