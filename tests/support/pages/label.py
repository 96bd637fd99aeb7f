"""The question whether the label is drawn, and what a page shows of the answer."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

from streamlit.testing.v1 import AppTest

from fusion.declared import Declared
from fusion.jobs import Jobs


def forget(queue: Jobs) -> None:
    """Nobody has answered, and nothing stands in the log."""
    with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file:
        file.execute("DELETE FROM options WHERE name LIKE 'label%'")
        file.execute("DELETE FROM declarations")
        file.commit()


def answers(queue: Jobs) -> list[str]:
    """What was logged, the oldest first."""
    return [said.value for said in reversed(queue.declarations(Declared.LABEL))]


def downloads(at: AppTest) -> list[str]:
    """What can be downloaded at once."""
    return [button.label for button in at.download_button]


def drawn(at: AppTest) -> dict[str, Any]:
    """The label in the comparison, by its sides."""
    return {side: piece for side, piece in component(at, "label").items() if piece}


def component(at: AppTest, key: str) -> Any:
    """What the page hands to its component that takes such a thing; None where no component does."""
    import json

    for found in at.get("bidi_component"):
        data = json.loads(found.proto.json)
        data = data[0] if isinstance(data, list) else data  # see pages.parts.components.face_picker
        if key in data:
            return data[key]
    return None
