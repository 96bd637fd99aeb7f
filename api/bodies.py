"""What a request brings: the fields of a form or of a JSON object, within bounds of memory.

A photo is a file of a form, or in JSON a data URI or base64; or an address, where that is allowed.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from api import problems
from api.server import Fetcher, forms
from fusion import config, strict_json
from fusion.errors import FusionError, PhotoRejected, Phrase, PhraseCode, Reason
from fusion.settings import MAX_SOURCES
from fusion.units import MIB

_JSON = ("application/json", "text/json")
_MOST_PARTS = 64
_AROUND = MIB  # of a body beside its photos
_BASE64 = 4 / 3
_JSON_TIMES = 3  # a body of JSON is in memory as such, as a text, and as photos
ALL_BYTES, EACH_BYTES = 1024 * MIB, 768 * MIB  # of bodies at once, of everybody and of one visitor
_ADDRESSES = ("http://", "https://", "ftp://", "file://", "s3://")

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was sent; its name is "" where it has none."""

    name: str
    data: bytes


class Room:
    """How many bytes of bodies are in memory at once. From any thread."""

    def __init__(self, every: int, each: int) -> None:
        self._every, self._each = every, each
        self._lock = threading.Lock()
        self._now: Counter[str] = Counter()

    def take(self, visitor: str, size: int) -> bool:
        """Have room for so many; what alone is more than there ever is, is let in where nothing else is."""
        with self._lock:
            if self._now.total() and (self._now.total() + size > self._every or self._now[visitor] + size > self._each):
                return False
            self._now[visitor] += size
            return True

    def give(self, visitor: str, size: int) -> None:
        """Give it back."""
        with self._lock:
            self._now[visitor] -= size
            if self._now[visitor] <= 0:
                del self._now[visitor]


_ROOM = Room(ALL_BYTES, EACH_BYTES)


@asynccontextmanager
async def fields(request: Request, visitor: str) -> AsyncIterator[Fields]:
    """The fields of a body, for as long as its photos are needed.

    Raises:
        FusionError: "request_kind"; "request_too_heavy"; "request_unreadable"; "too_busy".
    """
    kind = forms.kind_of(request)
    if kind not in (*_JSON, forms.FORM):
        raise FusionError(Reason.REQUEST_KIND, format=kind[:80] or "–")
    most = most_bytes(kind)
    size = min(forms.stated_bytes(request) or most, most) * (1 if kind == forms.FORM else _JSON_TIMES)
    if not _ROOM.take(visitor, size):
        raise problems.too_many()
    try:
        found = await (_of_form(request, most) if kind == forms.FORM else _of_json(request, most))
        to_come = _addresses_in(found) * config.load().max_upload_bytes if _fetches() else 0
        if not _ROOM.take(visitor, to_come):
            raise problems.too_many()
        size += to_come
        yield found
    finally:
        _ROOM.give(visitor, size)


def most_bytes(kind: str = forms.FORM) -> int:
    """The longest body that is taken: as many photos as a job may have, each as heavy as one may be."""
    photos = (1 + MAX_SOURCES) * config.load().max_upload_bytes
    return round(photos * (1 if kind == forms.FORM else _BASE64)) + _AROUND


def photo(name: str, value: object) -> File:
    """A photo that a field holds.

    Raises:
        FusionError: "request_field"; "request_address", and as `Fetcher.fetch`.
        PhotoRejected: it is too heavy.
    """
    found = value if isinstance(value, File) else File("", _decoded(name, value))
    most = config.load().max_upload_bytes
    if len(found.data) > most:
        megabytes, limit = len(found.data) / MIB, round(most / MIB, 1)
        raise PhotoRejected(Reason.PHOTO_TOO_HEAVY, megabytes=megabytes, limit_megabytes=limit)
    return found


def wrong(name: str, code: PhraseCode, **details: Any) -> FusionError:
    """The error of a field that is not what it must be."""
    return FusionError(Reason.REQUEST_FIELD, name=name, allowed=Phrase(code, details))


def _decoded(name: str, value: object) -> bytes:
    if not isinstance(value, str) or not value:
        raise wrong(name, PhraseCode.A_PHOTO)
    if _is_address(value):
        if not _fetches():
            raise FusionError(Reason.REQUEST_ADDRESS, name=name)
        return Fetcher().fetch(name, value, config.load().max_upload_bytes)
    head, comma, rest = value.partition(",") if value.startswith("data:") else ("data:;base64", ",", value)
    if not comma or not head.endswith(";base64"):
        raise wrong(name, PhraseCode.A_PHOTO)
    try:
        return base64.b64decode("".join(rest.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise wrong(name, PhraseCode.A_PHOTO) from error


def _fetches() -> bool:
    return config.load().url_inputs == "public"


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value[:8].lower().startswith(_ADDRESSES)


def _addresses_in(value: Any) -> int:
    """How many photos are still to be fetched."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return sum(map(_addresses_in, value)) if isinstance(value, list) else int(_is_address(value))


def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    def refusal(size: int) -> FusionError:
        limit = round(most / MIB, 1)
        return FusionError(Reason.REQUEST_TOO_HEAVY, megabytes=size / MIB, limit_megabytes=limit)

    return forms.bounded(request, most, refusal)


async def _of_json(request: Request, most: int) -> Fields:
    body = b"".join([piece async for piece in _bounded(request, most)])
    try:
        found = await run_in_threadpool(strict_json.loads, body)
    except ValueError as error:
        raise _unreadable(PhraseCode.NOT_JSON) from error
    if not isinstance(found, dict):
        raise _unreadable(PhraseCode.NOT_JSON)
    return found


async def _of_form(request: Request, most: int) -> Fields:
    try:
        parser = forms.InMemory(
            request.headers,
            _bounded(request, most),
            max_files=2 + MAX_SOURCES,
            max_fields=_MOST_PARTS,
            max_part_size=_AROUND,
        )
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError, LookupError) as error:  # KeyError: it has no boundary
        raise _unreadable(PhraseCode.NO_FORM) from error
    found: dict[str, Any] = {}
    try:
        for name, value in form.multi_items():
            each = File(value.filename or "", await value.read()) if isinstance(value, UploadFile) else _spoken(value)
            found[name] = [*_listed(found[name]), each] if name in found else each
    finally:
        await form.close()
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _spoken(text: str) -> Any:
    """A field of a form as JSON would have it: a number, true, a list or an object; else the text that it is."""
    if not text.startswith(("{", "[", "t", "f", "-", *"0123456789")):
        return text
    try:
        return json.loads(text) if text.startswith(("t", "f")) else strict_json.loads(text)
    except ValueError:
        return text


def _unreadable(code: PhraseCode) -> FusionError:
    return FusionError(Reason.REQUEST_UNREADABLE, why=Phrase(code))
