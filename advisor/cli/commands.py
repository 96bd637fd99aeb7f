"""The command line: `python -m advisor recommend`, `diagnose`, `devices`, `calibrate`, `selftest` and `doctor`.

Exit codes: 0 done, also without a graphics card; 2 bad input; 1 anything else. A failure is one line on standard
error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import calibrate, diagnose, doctor, recommend, selftest
from advisor.device import Reader, report
from advisor.driver import SENTENCES
from fusion.cli import command_line, streams

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("recommend")(recommend.recommend_for)
app.command()(calibrate.calibrate)
app.command()(selftest.selftest)
app.command("doctor")(doctor.look)
app.command()(diagnose.diagnose)


@app.callback()
def _commands() -> None:
    """What this machine can do."""


@app.command()
def devices(
    folder: Annotated[Path, typer.Option(help="On the disk whose free space is shown.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The graphics cards and the machine around them, now."""
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}")
    with Reader(folder.absolute()) as reader:
        snapshot = reader.read()
    if as_json:
        reasons = {card.why for card in snapshot.unread} | {snapshot.why, snapshot.order_why}
        words = {code: " ".join(SENTENCES[code]) for code in sorted(reasons - {None}, key=str) if code}
        streams.answer_json(snapshot.to_json() | {"sentences": words})
        return
    for line in report.lines(snapshot):
        streams.answer(line)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return the exit code."""
    return command_line.run(app, arguments, "python -m advisor")
