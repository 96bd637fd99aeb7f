"""A table of pairs (CSV) → rows: which photo is fused with which, and what each row sets. Pure.

As spreadsheets write them: commas, semicolons or tabs; UTF-8 with or without its mark, UTF-16, or a Chinese code page.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fusion.batches.inputs import Given, Limits, Refused
from fusion.errors import BatchRejected, FusionError, Reason
from fusion.settings import MAX_SOURCES, Settings
from fusion.settings_text import NAMES, parse_map, with_written
from fusion.types import Role
from fusion.units import MIB

_TARGET, _SOURCE, _SOURCES, _MAP = "target", "source", "sources", "map"
_PHOTOS = (_TARGET, _SOURCE, _SOURCES, _MAP)  # columns that name photos; the second, the third or both, or the last
_BETWEEN = ";"  # the photos of one cell
_DELIMITERS = (",", ";", "\t")
_SHOWN = 200  # characters of a cell; no name of a file is longer
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """One pair: its row in the table (the header is 1), the photos' names as written, and its settings.

    `others` are further photos of the source's person, or of those whom `settings` map.
    """

    number: int
    target: str
    source: str
    settings: Settings
    others: tuple[str, ...] = ()

    @property
    def photos(self) -> tuple[str, ...]:
        """All of their names, the target's first."""
        return self.target, self.source, *self.others


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows that can be used, in order, the others, and the photos that either name."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    named: frozenset[str] = frozenset()


def read(data: bytes, settings: Settings, allowed: Limits) -> Table:
    """The rows of the table in `data`.

    Args:
        settings: of every pair, where its row says nothing else.

    Raises:
        BatchRejected: it is no table, lacks the columns `target` and `source`, `sources` or `map`, or has others that
            are not known.
    """
    if len(data) > allowed.list_bytes:
        raise BatchRejected(Reason.PAIRS_TOO_LARGE, megabytes=len(data) / MIB, limit_megabytes=allowed.list_bytes / MIB)
    records = _records(_text(data))
    header = next((cells for _, cells in records), [])
    columns = _columns(header)
    rows: dict[tuple[tuple[str, ...], Settings], Row] = {}
    refused: list[Refused] = []
    named: set[str] = set()
    for number, cells in records:
        named |= {name for column, cell in zip(columns, cells, strict=False) for name in _names(column, cell)}
        try:
            row = _row(number, columns, cells, settings)
            first = rows.setdefault((row.photos, row.settings), row)
            if first is not row:
                raise BatchRejected(Reason.PAIR_TWICE, row=first.number)
            if len(rows) > allowed.pairs:
                raise BatchRejected(Reason.PAIRS_TOO_MANY, limit=allowed.pairs)
        except FusionError as error:
            if error.reason == Reason.PAIRS_TOO_MANY:
                rows.popitem()
            elif len(refused) >= allowed.pairs:  # millions of rows that say nothing new are no list either
                error = BatchRejected(Reason.PAIRS_TOO_MANY, limit=allowed.pairs)
            refused.append(Refused(_shown(cells), error, number))
            if error.reason == Reason.PAIRS_TOO_MANY:
                break
    return Table(tuple(rows.values()), tuple(refused), frozenset(named))


def _shown(cells: list[str]) -> str:
    """What a row is called where it is told of."""
    return " + ".join(cell if len(cell) <= _SHOWN else f"{cell[: _SHOWN - 1]}…" for cell in cells[:2] if cell)


def _text(data: bytes) -> str:
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BatchRejected(Reason.PAIRS_UNREADABLE)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Those that say something, numbered from 1 as a spreadsheet shows them, and stripped."""
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True), 1
        ):
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BatchRejected(Reason.PAIRS_UNREADABLE) from error


def _columns(header: list[str]) -> list[str]:
    columns = [name.lower().replace(" ", "_") for name in header]
    while columns and not columns[-1]:
        columns.pop()  # spreadsheets leave empty ones at the end
    if columns.count(_TARGET) != 1 or not set(_PHOTOS[1:]) & set(columns):
        raise BatchRejected(Reason.PAIRS_HEADER, found=", ".join(header)[:200] or "–")
    for name in columns:
        if name not in (*_PHOTOS, *NAMES) or columns.count(name) > 1:
            raise BatchRejected(Reason.PAIRS_COLUMN, name=name[:80], known=", ".join((*_PHOTOS, *NAMES)))
    return columns


def _row(number: int, columns: list[str], cells: list[str], settings: Settings) -> Row:
    if any(cells[len(columns) :]):
        raise BatchRejected(Reason.PAIR_CELLS, count=len(cells), columns=len(columns))
    told = dict(zip(columns, cells, strict=False))
    target = told.pop(_TARGET, "")
    lines = told.pop(_MAP, "")
    sources = [name for column in (_SOURCE, _SOURCES) for name in _names(column, told.pop(column, ""))]
    if lines:
        if sources:
            raise BatchRejected(Reason.MAP_AND_CHOICE, key=_SOURCE)
        named, mapped = parse_map(_parts(lines))
        sources = [*named]
    for role, is_there in ((Role.TARGET, target), (Role.SOURCE, sources)):
        if not is_there:
            raise BatchRejected(Reason.PAIR_CELL_EMPTY, role=str(role))
    if len(sources) > MAX_SOURCES:
        raise BatchRejected(Reason.SOURCES_TOO_MANY, count=len(sources), limit=MAX_SOURCES)
    wish = with_written(settings, told)
    if lines:
        wish = Settings.from_json({**wish.to_json(), "map": mapped})
    return Row(number, target, sources[0], wish, tuple(sources[1:]))


def _names(column: str, cell: str) -> list[str]:
    """The photos that a cell names; none in a column that names none."""
    if column not in _PHOTOS:
        return []
    if column == _MAP:
        return [name for _, _, name in (part.partition("=") for part in _parts(cell)) if name.strip()]
    return _parts(cell) if column == _SOURCES else _parts(cell, "")


def _parts(cell: str, between: str = _BETWEEN) -> list[str]:
    parts = cell.split(between) if between else [cell]
    return [part.strip() for part in parts if part.strip()]


class Shelf:
    """Photos by the names that a table gives them: as they are, by the end of their path, or without folders."""

    def __init__(self, photos: Iterable[tuple[str, Given]]) -> None:
        self._by_file: dict[str, list[tuple[str, Given]]] = {}
        for name, given in photos:
            plain = plain_name(name)
            self._by_file.setdefault(plain.rpartition("/")[2], []).append((plain, given))

    def find(self, name: str) -> Given:
        """The photo.

        Raises:
            BatchRejected: there is none of that name, or there are several.
        """
        wanted = plain_name(name).removeprefix("./")
        alike = self._by_file.get(wanted.rpartition("/")[2], [])
        exact = [given for plain, given in alike if plain == wanted]
        ending = [given for plain, given in alike if plain.endswith("/" + wanted)]
        found = exact or ending or [given for _, given in alike]
        if not found:
            raise BatchRejected(Reason.PHOTO_MISSING, name=name)
        if len(found) > 1:
            raise BatchRejected(Reason.PHOTO_AMBIGUOUS, name=name, count=len(found))
        return found[0]


def plain_name(name: str) -> str:
    """A name as it is compared: systems differ in case, in slashes and in how they write accents."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").casefold()
