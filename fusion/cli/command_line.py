"""What the command lines share: how they end, and what they print. Loads no torch.

A command ends with an exit code, and for a failure with one line on standard error. Where standard output leads
nowhere (closed, a program without a console, a reader that has gone) nothing is printed, and the code is as if it had
been. Where it cannot be written (a full disk) that is told in a line: a command that was asked for an answer has failed
then, one whose work is done has not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from fusion.cli import streams
from fusion.cli.streams import Kind, complain
from fusion.errors import Exit, FusionError
from fusion.files import Inputs
from fusion.weights import locate


def run(app: typer.Typer, arguments: Sequence[str] | None, name: str) -> int:
    """Run a command; how it ended, as a `fusion.errors.Exit`.

    Args:
        arguments: those of the process if None.
        name: how the command is called, for its help.
    """
    streams.prepare()
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _run(app, given, name)
    finally:
        streams.flush()
    if (error := streams.lost(Kind.ANSWER)) is not None:
        complain(f"The answer could not be printed: {error.strerror or error}.")
        return code or Exit.FAILED
    if (error := streams.lost(Kind.REPORT)) is not None:
        complain(f"It is done, but what was done could not be printed: {error.strerror or error}.")
    return code


def inputs(*given: Path | None) -> Inputs:
    """The files that a command was given, and the weights: no result is written over them.

    Raises:
        SettingsInvalid: a variable of the environment has a value that cannot be used.
    """
    return Inputs((*filter(None, given), *(file.path for file in locate.status().files)))


def _run(app: typer.Typer, given: Sequence[str], name: str) -> int:
    try:
        code = app(given, prog_name=name, standalone_mode=False)
    except FusionError as error:
        complain(f"{error.message} {error.remedy}")
        return error.exit
    except (KeyboardInterrupt, typer.Abort):
        code = int(Exit.STOPPED)
    except Exception as error:
        explain = getattr(error, "format_message", None)  # what every usage error of typer has
        if explain is None:
            raise
        complain(explain().removeprefix("Invalid value: "))
        return Exit.BAD_INPUT
    if code == Exit.STOPPED and not isinstance(code, Exit):  # a command that keeps something says so by itself
        complain("stopped.")
    return code if isinstance(code, int) else Exit.DONE
