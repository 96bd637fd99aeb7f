"""A job as a row of the database: written, read back, looked for. Standard library.

What a job has cost is a row of its own, in the table of measurements (`fusion.storage.measurements`): it is read with
the job, and written when the job has ended.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fusion import errors
from fusion.declared import Consent
from fusion.errors import FusionError, Reason
from fusion.facts import Facts
from fusion.memory import Step
from fusion.plain_text import printable_json
from fusion.settings import Settings
from fusion.sizing import Measurement
from fusion.storage.models import Priority, Record, Wish
from fusion.types import SourcePhoto, State

# Columns that hold what the record holds.
_PLAIN = (
    *("id", "state", "owner", "batch", "wish", "target", "source", "target_name", "source_name", "made", "started"),
    *("ended", "expected_s", "need_bytes", "deaths", "bytes", "is_served", "is_try", "discarded"),
)
# Columns of JSON, and what makes of it what the record holds.
_OF_JSON: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "settings": Settings.from_json,
        "steps": lambda steps: tuple(Step.from_json(step) for step in steps),
        "facts": Facts.from_json,
        "recipe": dict,
        "error": errors.from_json,
        "verdict": dict,
        "consent": Consent.from_json,
    }
)
_READ = (*_PLAIN, *_OF_JSON, "number", "priority", "app")
# Only of a job that is done: its cost is written first, so that a run that came to nothing may have one.
_COST = f"CASE WHEN state = '{State.DONE}' THEN (SELECT body FROM measurements WHERE job = jobs.id) END"
_OTHERS = (
    "(SELECT json_group_array(json_array(sha256, name)) FROM "
    "(SELECT sha256, name FROM other_sources WHERE job = jobs.id ORDER BY place))"
)
_SELECT = f"SELECT {', '.join(_READ)}, {_COST}, {_OTHERS} FROM jobs"

# What the nouns raise of JSON that is none of theirs.
_NOT_UNDERSTOOD = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    FusionError,
)


def select(file: sqlite3.Connection, where: str, values: Iterable[Any]) -> tuple[Record, ...]:
    """Jobs for which a condition holds, or that an `ORDER BY` after it names."""
    return tuple(_from_row(row) for row in file.execute(f"{_SELECT} WHERE {where}", list(values)))


def to_row(record: Record) -> dict[str, Any]:
    """A record as columns, without its number, which the database gives, and with what is looked for."""
    plain = {name: getattr(record, name) for name in _PLAIN}
    loaded = {name: _to_text(getattr(record, name)) for name in _OF_JSON}
    more = {"priority": int(record.priority), "app": record.app or None, "engine": record.settings.engine}
    return plain | loaded | more


def steps_to_text(steps: tuple[Step, ...]) -> str:
    """Steps as their column has them."""
    return _dumps([step.to_json() for step in steps])


def error_to_text(error: FusionError) -> str:
    """An error as its column has it."""
    return _dumps(error.to_json())


def verdict_to_text(verdict: Mapping[str, Any]) -> str:
    """A verdict as its column has it."""
    return _dumps(dict(verdict))


def _from_row(row: tuple[Any, ...]) -> Record:
    """The record that a row of `_SELECT` holds.

    One that nobody understands, as after a fault of the disk, is a job that has failed for that reason: it can be seen
    and deleted, and holds up no other.
    """
    named = dict(zip((*_READ, "measurement", "others"), row, strict=True))
    try:
        return Record(**named | _understood(named))
    except _NOT_UNDERSTOOD as error:
        return _unreadable(named, f"{type(error).__name__}: {error}")


def _understood(named: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are more than a text or a number."""
    readers = {**_OF_JSON, "measurement": Measurement.from_json, "others": _others}
    return {name: None if named[name] is None else read(_loads(named[name])) for name, read in readers.items()} | {
        "state": State(named["state"]),
        "priority": Priority(named["priority"]),
        "app": named["app"] or "",
        "wish": named["wish"] and Wish(named["wish"]),
        "is_served": bool(named["is_served"]),
        "is_try": bool(named["is_try"]),
    }


def _others(data: Any) -> tuple[SourcePhoto, ...]:
    return tuple(SourcePhoto(sha256, name) for sha256, name in data)


def _unreadable(named: Mapping[str, Any], why: str) -> Record:
    plain = ("id", "number", "owner", "target", "source", "target_name", "source_name", "made")
    return Record(
        **{name: named[name] for name in plain},
        state=State.FAILED,
        priority=Priority.BATCH,
        batch=named["batch"],
        app="",
        wish=None,
        settings=Settings(),
        ended=named["ended"],
        error=FusionError(Reason.JOB_UNREADABLE, why=why),
    )


def _to_text(value: Any) -> str | None:
    """What a record holds as its column of JSON has it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return steps_to_text(value)
    return _dumps(dict(value) if isinstance(value, Mapping) else value.to_json())


def _dumps(value: object) -> str:
    return json.dumps(printable_json(value), separators=(",", ":"))


def _loads(text: str) -> Any:
    return printable_json(json.loads(text))  # an older version wrote what it was given
