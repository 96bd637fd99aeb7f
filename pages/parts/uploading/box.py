"""Streamlit's uploader with words of our own: `box.js` gives them to it in the browser, and says what it refuses.

The browser refuses a file before it is sent, so that nobody waits for what cannot be taken, and tells this session its
name and why. Whoever goes round the browser meets the server's own limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.typing import UploadedFile

from pages.parts.i18n import Words
from pages.parts.session import uploads
from pages.parts.uploading import refused

_HERE = Path(__file__).parent
_BOX = st.components.v2.component(
    "fusewise_box",
    css=(_HERE / "box.css").read_text(encoding="utf-8"),
    js=(_HERE / "box.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


class Kind(StrEnum):
    """What is to be brought."""

    PHOTO = "photo"
    PHOTOS = "photos"
    PICTURE = "picture"
    FILE = "file"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are brought to.

    Attributes:
        name: by which its button is called.
        types: ends of names of the files that it takes.
        most_bytes: a file may have.
        pastes: whether it takes pictures that are pasted anywhere on the page, while it is empty.
    """

    name: str
    kind: Kind
    types: Sequence[str]
    most_bytes: int
    pastes: bool = False


def box(say: Words, place: Place, key: str, **options: Any) -> UploadedFile | None:
    """A box for one file.

    Args:
        options: further ones of `st.file_uploader`.
    """
    with st.container(gap="xsmall", key=f"box_{key}"):
        file = uploads.box(**_streamlit(place, key, options))
        refused.follow(key, [] if file is None else [file.file_id])
        _words(say, place, key, is_many=False)
    return file


def boxes(say: Words, place: Place, key: str, **options: Any) -> list[UploadedFile]:
    """The same for many files."""
    with st.container(gap="xsmall", key=f"box_{key}"):
        files = uploads.boxes(**_streamlit(place, key, options))
        refused.follow(key, [file.file_id for file in files])
        _words(say, place, key, is_many=True)
    return files


def _streamlit(place: Place, key: str, options: dict[str, Any]) -> dict[str, Any]:
    size = uploads.box_size(place.most_bytes)
    return {"label": place.name, "type": [*place.types], "max_upload_size": size, "key": key, **options}


def _words(say: Words, place: Place, key: str, *, is_many: bool) -> None:
    """What the browser shall do with the box, and below it what it has refused of late."""
    mine = f"words_{key}"
    told = {
        "box": key,
        "types": [*place.types],
        "most_bytes": place.most_bytes,
        "pastes": place.pastes,
        "is_many": is_many,
        "turn": refused.of(key).turn,
        "words": _spoken(say, place),
    }
    # In a list, as in pages.parts.components.face_picker.
    _BOX(key=mine, data=[told], on_refused_change=partial(refused.hear, mine, key))
    refused.draw(say, key, place.types, uploads.in_mib(place.most_bytes))


def _spoken(say: Words, place: Place) -> dict[str, str]:
    limit = uploads.in_mib(place.most_bytes)
    return {
        "button": say(f"upload.{place.kind}"),
        "named": say(f"upload.{place.kind}.named", name=place.name),
        "hint": say("upload.hint.paste" if place.pastes else "upload.hint", limit=limit, keys="{keys}"),
        "touch": say("upload.touch", limit=limit),
        "drop": say("upload.drop"),
        "more": say("upload.more"),
        "remove": say("upload.remove", name="{file}"),
        "stop": say("upload.stop", name="{file}"),
    }
