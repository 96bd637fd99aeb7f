"""What the command lines share: how they end, and how a size is written. Loads no torch.

A command ends with an exit code, and for a failure with one line on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from fusion.errors import Exit, FusionError
from fusion.written import parse_output as parse_output


def run(app: typer.Typer, arguments: Sequence[str] | None, name: str) -> int:
    """Run a command; how it ended, as a `fusion.errors.Exit`.

    Args:
        arguments: those of the process if None.
        name: how the command is called, for its help.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = app(given, prog_name=name, standalone_mode=False)
    except FusionError as error:
        complain(f"{error.message} {error.remedy}")
        return error.exit
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped.")
        return Exit.STOPPED
    except Exception as error:
        explain = getattr(error, "format_message", None)  # what every usage error of typer has
        if explain is None:
            raise
        complain(explain().removeprefix("Invalid value: "))
        return Exit.BAD_INPUT
    return code if isinstance(code, int) else Exit.DONE


def complain(text: str) -> None:
    """One line on standard error."""
    print("fusewise:", " ".join(text.split()), file=sys.stderr)
