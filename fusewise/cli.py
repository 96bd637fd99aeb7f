"""The command `fusewise`: `run` for the web app, and the commands of `python -m fusion`, `python -m advisor`
and `python -m api`.

Options, output and exit codes are those commands' own. The package that has a command is loaded when it is run, so that
`fusewise --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from fusewise import serve
from fusion import __version__, config
from fusion.cli import command_line, streams

# What each is called here and there, and what the list of commands says of it.
_FUSION = {
    "fuse": ("fuse", "Fuse one face into one photo."),
    "batch": ("batch", "Fuse many pairs: from folders, a table or a ZIP."),
    "jobs": ("jobs", "The queue and the history: list, cancel, retry, purge."),
    "label": ("label", "The visible label: whether pictures show that they are AI-made."),
    "log": ("log", "What was declared and refused in the last six months."),
    "verify": ("verify", "What pictures say of their origin, and whether that holds."),
    "weights": ("weights", "The unet engine's weights: status, download, verify."),
}
_ADVISOR = {
    "advise": ("recommend", "Which size, stages and engine for two photos here, and why."),
    "diagnose": ("diagnose", "What is wrong with a result, why, and what to do."),
    "doctor": ("doctor", "What slows this machine down, and what to do about it."),
    "calibrate": ("calibrate", "Measure this machine, so that forecasts fit it."),
    "devices": ("devices", "The graphics cards and the machine around them, now."),
    "selftest": ("selftest", "Whether this machine fuses as it should; the result can be sent."),
}

_API = {"serve": ("serve", "Serve the HTTP API, without the pages.")}


def _app() -> typer.Typer:
    """A command line without commands, of the same habits as the other two."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = _app()


def _print_version(is_asked: bool) -> None:
    if is_asked:
        streams.answer(f"fusewise {__version__}")
        raise typer.Exit


@app.callback()
def _commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Guided face fusion that fits your GPU."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Where it listens; 8501 if not given.")] = None,
    address: Annotated[
        str | None,
        typer.Option(help="On which address; 127.0.0.1 if not given. On any other a token is asked for."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(help="A Ray cluster whose machines compute too, and get the photos: auto, or HOST:PORT."),
    ] = None,
) -> None:
    """Start the web app. Further options are Streamlit's, such as --server.baseUrlPath=faces."""
    if cluster is not None:
        os.environ["FUSEWISE_RAY_ADDRESS"] = cluster
        config.load()  # a value that cannot be used is told before anything is started
    serve.serve(serve.command(port, address, context.args))


def _listed() -> None:
    """Stands in the list of commands for one that `main` runs."""


for _name, (_, _sentence) in (_FUSION | _ADVISOR | _API).items():
    app.command(_name, help=_sentence)(_listed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    return command_line.run(_of(given[0]), given, "fusewise")


def _of(name: str) -> typer.Typer:
    """The command line that has the command of that name."""
    if name in _FUSION:
        from fusion.__main__ import app as fusion

        return _alone(fusion, _FUSION[name][0], name)
    if name in _ADVISOR:
        from advisor.__main__ import app as advisor

        return _alone(advisor, _ADVISOR[name][0], name)
    if name in _API:
        from api.__main__ import app as api

        return _alone(api, _API[name][0], name)
    return app


def _alone(theirs: typer.Typer, name: str, ours: str) -> typer.Typer:
    """A command line with one command of another, under our name for it.

    Raises:
        LookupError: the other has none of that name.
    """
    found = _app()
    found.callback()(_commands)  # with one command and no callback, typer would take its name for an argument
    for group in theirs.registered_groups:
        if group.name == name and group.typer_instance is not None:
            found.add_typer(group.typer_instance, name=ours)
            return found
    for each in theirs.registered_commands:
        if each.callback is not None and (each.name or each.callback.__name__) == name:
            found.command(ours)(each.callback)
            return found
    raise LookupError(name)
