"""What the command lines share: how they end, and how a size is written. Loads no torch.

A command ends with an exit code, and for a failure with one line on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from fusion.errors import DownloadFailed, FusionError, OutOfMemory, WeightsInvalid, WeightsMissing
from fusion.written import parse_output as parse_output

# What is not the fault of the input.
_NOT_THE_INPUT = (OutOfMemory, WeightsMissing, WeightsInvalid, DownloadFailed)
_REASONS = ("internal", "device_failed", "fusion_blank", "ledger_unusable")


def run(app: typer.Typer, arguments: Sequence[str] | None, name: str) -> int:
    """Run a command: 0 done, 2 bad input, 1 anything else, 130 stopped.

    Args:
        arguments: those of the process if None.
        name: how the command is called, for its help.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = app(given, prog_name=name, standalone_mode=False)
    except FusionError as error:
        complain(f"{error.message} {error.remedy}")
        return 1 if error.reason in _REASONS or isinstance(error, _NOT_THE_INPUT) else 2
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped.")
        return 130
    except Exception as error:
        explain = getattr(error, "format_message", None)  # what every usage error of typer has
        if explain is None:
            raise
        complain(explain().removeprefix("Invalid value: "))
        return 2
    return code if isinstance(code, int) else 0


def complain(text: str) -> None:
    """One line on standard error."""
    print("fusewise:", " ".join(text.split()), file=sys.stderr)
