"""A batch before it is queued: which photo is fused with which. One with many, many with one, a table, or a ZIP.

Loads no torch. Photos are looked at one after the other, by their headers, and read again when they are queued.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fusion.batches import csv_pairs, zip_reader
from fusion.batches.csv_pairs import Row, Shelf, Table, plain_name
from fusion.batches.inputs import Checked, Given, Limits, Pair, Plan, Refused, check, limits
from fusion.batches.zip_reader import Contents
from fusion.errors import BatchRejected, FusionError, Reason, frameless
from fusion.files import inputs, names
from fusion.settings import MAX_SOURCES, Settings
from fusion.types import Role
from fusion.units import GIB

Watch = Callable[[int, int], None]  # told how many photos have been looked at, and of how many

_FOLDERS: Mapping[str, Role] = {
    "target": Role.TARGET,
    "targets": Role.TARGET,
    "source": Role.SOURCE,
    "sources": Role.SOURCE,
}


class Looker:
    """Looks at each photo once, however many pairs it is in, and however often they are planned anew.

    Args:
        allowed: the app's own limits if None.
        watch: told how many photos have been looked at, and of how many.
    """

    def __init__(self, allowed: Limits | None = None, watch: Watch = lambda done, total: None) -> None:
        self.allowed = allowed or limits()
        self.total = 0
        self.watch = watch
        self._known: dict[int, tuple[Given, Checked | FusionError]] = {}  # each kept, so that no id is used again

    def at(self, given: Given) -> Checked:
        """The photo.

        Raises:
            FusionError: it cannot be used.
        """
        if id(given) not in self._known:
            try:
                self._known[id(given)] = given, check(given, self.allowed)
            except FusionError as error:
                self._known[id(given)] = given, frameless(error)
            self.watch(min(len(self._known), self.total), self.total)
        outcome = self._known[id(given)][1]
        if isinstance(outcome, FusionError):
            raise outcome
        return outcome

    def forget(self, given: Given) -> None:
        """The photo will not be asked for again."""
        self._known.pop(id(given), None)


def cross(
    targets: Sequence[Given],
    sources: Sequence[Given],
    settings: Settings,
    looker: Looker | None = None,
    *,
    one_person: bool = False,
) -> Plan:
    """Each source into each target: one with many, or many with one. The same photo twice is taken once.

    Args:
        one_person: whether all sources show one person; then each target is fused once, with all of them.

    Raises:
        BatchRejected: a side is empty, or there are too many.
    """
    looker = looker or Looker()
    allowed = looker.allowed
    if not targets or not sources:
        raise BatchRejected(Reason.BATCH_EMPTY)
    if one_person and len(sources) > MAX_SOURCES:
        raise BatchRejected(Reason.SOURCES_TOO_MANY, count=len(sources), limit=MAX_SOURCES)
    count = len(targets) * (1 if one_person else len(sources))
    if count > allowed.pairs:
        raise BatchRejected(Reason.PHOTOS_TOO_MANY, count=count, limit=allowed.pairs)
    _check_weight([*targets, *sources], allowed)
    looker.total = len(targets) + len(sources)
    refused: list[Refused] = []
    good = [_different(looker, side, refused) for side in (targets, sources)]
    together = len(good[1]) if one_person else 1
    people = [good[1][at : at + together] for at in range(0, len(good[1]), together)]
    pairs = (Pair(target, first, settings, tuple(rest)) for target in good[0] for first, *rest in people)
    files = (given.path for given in (*targets, *sources))
    return Plan(tuple(pairs), tuple(refused), tuple(file for file in files if file is not None))


def from_list(
    data: bytes,
    photos: Iterable[tuple[str, Given]],
    settings: Settings,
    looker: Looker | None = None,
) -> Plan:
    """The pairs of a table, of photos that were given with it.

    Args:
        photos: with their names; a table may name them with or without folders.
        settings: where a row says nothing else.

    Raises:
        BatchRejected: the table cannot be used at all.
    """
    looker = looker or Looker()
    return _from_table(csv_pairs.read(data, settings, looker.allowed), Shelf(photos).find, looker)


def from_list_file(path: Path, settings: Settings, looker: Looker | None = None) -> Plan:
    """The pairs of a table on this machine, which names photos as seen from its folder.

    Raises:
        BatchRejected: the table cannot be used at all.
    """
    looker = looker or Looker()

    def place(name: str) -> Path:
        return path.parent / names.on_disk(name.replace("\\", "/"))

    def find(name: str) -> Given:
        return Given.of_file(place(name), looker.allowed.photo.max_bytes)

    data = inputs.read(path, looker.allowed.list_bytes, BatchRejected, Reason.PAIRS_TOO_LARGE)
    table = csv_pairs.read(data, settings, looker.allowed)
    plan = _from_table(table, find, looker)
    return replace(plan, files=(path, *(place(name) for name in table.named)))


def from_zip(file: BinaryIO, settings: Settings, looker: Looker | None = None) -> Plan:
    """The pairs of a ZIP. `file` must stay open until they are queued.

    Raises:
        BatchRejected: it is no ZIP, or as `from_contents`.
    """
    looker = looker or Looker()
    return from_contents(zip_reader.read(file, looker.allowed), settings, looker)


def from_contents(inside: Contents, settings: Settings, looker: Looker) -> Plan:
    """The pairs of what is in a ZIP: by the table in it, else by its folders `targets` and `sources`.

    Without a table, where one folder holds one photo, it is fused with each of the other's; else those of one name
    belong together.

    Raises:
        BatchRejected: it holds too much, or does not say what belongs together.
    """
    if len(inside.lists) > 1:
        raise BatchRejected(Reason.ZIP_LISTS, names=", ".join(inside.lists))
    if inside.lists:
        table = next(iter(inside.lists.values())).read()
        plan = from_list(table, inside.photos.items(), settings, looker)
    else:
        plan = _from_folders(inside.photos, settings, looker)
    return Plan(plan.pairs, (*inside.refused, *plan.refused))


def _from_folders(photos: Mapping[str, Given], settings: Settings, looker: Looker) -> Plan:
    sides: dict[Role, dict[str, Given]] = {role: {} for role in Role}
    refused = []
    for name, given in photos.items():
        found = [_FOLDERS[part.lower()] for part in name.split("/")[:-1] if part.lower() in _FOLDERS]
        if found:
            sides[found[-1]][name] = given
        else:
            refused.append(Refused(name, BatchRejected(Reason.ZIP_FOLDER)))
    targets, sources = (sides[role] for role in Role)
    if not targets or not sources:
        raise BatchRejected(Reason.ZIP_LAYOUT)
    if min(len(targets), len(sources)) == 1:
        plan = cross([*targets.values()], [*sources.values()], settings, looker)
    else:
        plan = _by_name(targets, sources, settings, looker)
    return Plan(plan.pairs, (*refused, *plan.refused))


def _by_name(targets: Mapping[str, Given], sources: Mapping[str, Given], settings: Settings, looker: Looker) -> Plan:
    """Photos of one name, whatever their kinds."""
    theirs = {plain_name(PurePosixPath(name).stem): name for name in sources}
    rows: list[Row] = []
    refused: list[Refused] = []
    for name in targets:
        partner = theirs.pop(plain_name(PurePosixPath(name).stem), None)
        if partner is None:
            refused.append(Refused(name, BatchRejected(Reason.ZIP_PARTNER)))
        else:
            rows.append(Row(len(rows) + 1, name, partner, settings))
    refused += [Refused(name, BatchRejected(Reason.ZIP_PARTNER)) for name in theirs.values()]
    every = {**targets, **sources}
    plan = _from_table(Table(tuple(rows), ()), every.__getitem__, looker)
    return Plan(plan.pairs, (*refused, *(Refused(one.name, one.error) for one in plan.refused)))


def _from_table(table: Table, find: Callable[[str], Given], looker: Looker) -> Plan:
    looker.total = len(table.rows)
    pairs, refused = [], [*table.refused]
    found: dict[str, Given] = {}
    for row in table.rows:
        name = row.target
        try:
            photos = []
            for name in row.photos:
                given = found.get(name) or find(name)
                found[name] = given
                _check_weight(list(found.values()), looker.allowed)
                photos.append(looker.at(given))
            target, source, *others = photos
            pairs.append(Pair(target, source, row.settings, tuple(others)))
        except FusionError as error:
            refused.append(Refused(name, error, row.number))
    return Plan(tuple(pairs), tuple(sorted(refused, key=lambda one: one.row or 0)))


def _check_weight(photos: Sequence[Given], allowed: Limits) -> None:
    total = sum(photo.file_bytes for photo in photos)
    if total > allowed.total_bytes:
        raise BatchRejected(Reason.PHOTOS_TOO_HEAVY, gigabytes=total / GIB, limit_gigabytes=allowed.total_bytes / GIB)


def _different(looker: Looker, photos: Sequence[Given], refused: list[Refused]) -> list[Checked]:
    good: dict[str, Checked] = {}
    for given in photos:
        try:
            photo = looker.at(given)
            first = good.setdefault(photo.sha256, photo)
            if first is not photo:
                raise BatchRejected(Reason.PHOTO_TWICE, name=first.given.name)
        except FusionError as error:
            refused.append(Refused(given.name, error))
    return list(good.values())
