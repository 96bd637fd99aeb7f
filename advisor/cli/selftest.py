"""`python -m advisor selftest`: whether this machine fuses as it should, a row for each thing that was tried.

Exit codes: 0 nothing failed, what was skipped included; 1 a row failed, or the test came to no end; 130 stopped by
Ctrl-C, and only what was measured for the forecast is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated

import typer

from advisor.selftest import Row, SelfTest, SelfTestView, State, to_json, told
from fusion import config
from fusion.cli import Console, streams
from fusion.errors import Exit
from fusion.storage import FILE, Ledger

_LOOK_S = 0.2


def selftest(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, to send with a report.")] = False,
) -> int:
    """Fuse the sample pair on every device, compare the pictures, and measure this machine: two minutes."""
    data = config.load().data
    test, is_stopped = SelfTest(), False
    with Console() as console:
        test.start(data, Ledger(data / FILE))
        try:
            _watch(test, console)
        except KeyboardInterrupt:
            is_stopped = True
        finally:
            test.close()
    view = test.view()
    if as_json:
        streams.answer_json(to_json(view))
    else:
        for line in lines(view):
            streams.answer(line)
    if is_stopped:
        streams.complain("stopped: what was measured for the forecast is kept.")
        return Exit.STOPPED
    if view.error is not None:
        streams.complain(f"{view.error.message} {view.error.remedy}")
    return Exit.DONE if view.is_well else Exit.FAILED


def lines(view: SelfTestView) -> Iterator[str]:
    """The table: a line for each row, beneath one that is broken what to do about it, and what it comes to."""
    names = [_name(row) for row in view.rows]
    width = max(map(len, names), default=0)
    for name, row in zip(names, view.rows, strict=True):
        yield f"{row.state:8}{name:{width}}  {told(row)}"
        if row.error is not None:
            yield f"{'':8}{'':{width}}  {row.error.message} {row.error.remedy}"
    count = {state: sum(row.state == state for row in view.rows) for state in State}
    yield f"{', '.join(f'{count[state]} {state}' for state in State)}, in {view.seconds:.0f} s"


def _name(row: Row) -> str:
    return " ".join(filter(None, (str(row.check), row.engine, row.device)))


def _watch(test: SelfTest, console: Console) -> None:
    """Draw a bar until it has ended."""
    while (view := test.view()).is_running:
        if view.total:
            console.show(view.done / view.total, str(view.now))
        time.sleep(_LOOK_S)
