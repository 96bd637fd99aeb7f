"""The figures of the HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.shared.lines import newest, where


def programs() -> str:
    """What it answers to whatever is asked, what is lost as it dies, what it adds to a job."""
    return "\n\n".join([*_contract(), *_endurance(), *_overhead()])


def _contract() -> Iterator[str]:
    for line in newest("api_contract"):
        yield (
            f"Requests made of the API's own description, allowed and not ({where(line)}, "
            f"`benchmarks/api/contract.py`; aimed at: 2,000, none wrong): {line['cases']} cases of "
            f"{line['operations']} operations, {line['wrong']} answered otherwise than described or by a failure."
        )


def _endurance() -> Iterator[str]:
    for line in newest("api_endurance"):
        yield (
            f"{line['jobs']} predictions from {line['clients']} clients, each with a key, while the worker was killed "
            f"{line['kills_of_worker']} times and the server {line['kills_of_server']} times ({where(line)}, "
            f"`benchmarks/api/endurance.py`; the pipeline computes nothing): {line['lost']} lost, {line['doubled']} "
            f"doubled, {len(line['failed'])} failed; asked for again, {line['changed']} were another, and "
            f"{line['taken_for_another']} keys took a second body."
        )


def _overhead() -> Iterator[str]:
    for line in newest("api_overhead"):
        yield (
            f"A fusion of the sample pair at 512 over HTTP, median of {line['runs']} ({where(line)}, "
            f"`benchmarks/api/overhead.py`): {_ms(line, 'all_ms')}, of which reading, fusing and "
            f"writing take {_ms(line, 'measured_ms')}: **{_ms(line, 'added_to_measured_ms')} added** (9 of 10 within "
            f"{line['added_to_measured_ms']['p90']:.0f} ms; aimed at: 40). {_ms(line, 'added_ms')} of them are the "
            f"API's; the rest, handing a job to its worker and back, costs a page as much. Its picture, labelled, "
            f"comes {_ms(line, 'output_ms')} later."
        )


def _ms(line: dict[str, Any], name: str) -> str:
    return f"{line[name]['median']:.0f} ms"
