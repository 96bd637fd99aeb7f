"""A batch before it is queued: which photo is fused with which. One with many, many with one, a table, or a ZIP.

Loads no torch. Photos are looked at one after the other, by their headers, and read again when they are queued.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fusion import pair_list, photo_zip
from fusion.errors import BatchRejected, FusionError
from fusion.given import Checked, Given, Limits, Pair, Plan, Refused, check, limits
from fusion.pair_list import Row, Table
from fusion.spec import Role, Settings

Watch = Callable[[int, int], None]  # told how many photos have been looked at, and of how many

_FOLDERS: Mapping[str, Role] = {
    "target": Role.TARGET,
    "targets": Role.TARGET,
    "source": Role.SOURCE,
    "sources": Role.SOURCE,
}


def cross(
    targets: Sequence[Given],
    sources: Sequence[Given],
    settings: Settings,
    allowed: Limits | None = None,
    watch: Watch = lambda done, total: None,
) -> Plan:
    """Each source into each target: one with many, or many with one. The same photo twice is taken once.

    Raises:
        BatchRejected: a side is empty, or there are too many.
    """
    allowed = allowed or limits()
    if not targets or not sources:
        raise BatchRejected("batch_empty")
    if len(targets) * len(sources) > allowed.pairs:
        raise BatchRejected("photos_too_many", count=len(targets) * len(sources), limit=allowed.pairs)
    _check_weight([*targets, *sources], allowed)
    looked = _Looked(allowed, len(targets) + len(sources), watch)
    refused: list[Refused] = []
    good = [_different(looked, side, refused) for side in (targets, sources)]
    pairs = (Pair(target, source, settings) for target in good[0] for source in good[1])
    return Plan(tuple(pairs), tuple(refused))


def from_list(
    data: bytes,
    photos: Iterable[tuple[str, Given]],
    settings: Settings,
    allowed: Limits | None = None,
    watch: Watch = lambda done, total: None,
) -> Plan:
    """The pairs of a table, of photos that were given with it.

    Args:
        photos: with their names; a table may name them with or without folders.
        settings: where a row says nothing else.

    Raises:
        BatchRejected: the table cannot be used at all.
    """
    allowed = allowed or limits()
    shelf = _Shelf(photos)
    return _from_table(pair_list.read(data, settings, allowed), shelf.find, allowed, watch)


def from_list_file(path: Path, settings: Settings, watch: Watch = lambda done, total: None) -> Plan:
    """The pairs of a table on this machine, which names photos as seen from its folder.

    Raises:
        BatchRejected: the table cannot be used at all.
    """
    allowed, folder = limits(), path.parent
    data = Given.of_file(path).read()

    def find(name: str) -> Given:
        return Given.of_file(folder / name.replace("\\", "/"))

    return _from_table(pair_list.read(data, settings, allowed), find, allowed, watch)


def from_zip(
    file: BinaryIO,
    settings: Settings,
    allowed: Limits | None = None,
    watch: Watch = lambda done, total: None,
) -> Plan:
    """The pairs of a ZIP: by the table in it, else by its folders `targets` and `sources`.

    Without a table, where one folder holds one photo, it is fused with each of the other's; else those of one name
    belong together. `file` must stay open until the pairs are queued.

    Raises:
        BatchRejected: it is no ZIP, holds too much, or does not say what belongs together.
    """
    allowed = allowed or limits()
    inside = photo_zip.read(file, allowed)
    if len(inside.lists) > 1:
        raise BatchRejected("zip_lists", names=", ".join(inside.lists))
    if inside.lists:
        table = next(iter(inside.lists.values())).read()
        plan = from_list(table, inside.photos.items(), settings, allowed, watch)
    else:
        plan = _from_folders(inside.photos, settings, allowed, watch)
    return Plan(plan.pairs, (*inside.refused, *plan.refused))


def _from_folders(photos: Mapping[str, Given], settings: Settings, allowed: Limits, watch: Watch) -> Plan:
    sides: dict[Role, dict[str, Given]] = {role: {} for role in Role}
    refused = []
    for name, given in photos.items():
        found = [_FOLDERS[part.lower()] for part in name.split("/")[:-1] if part.lower() in _FOLDERS]
        if found:
            sides[found[-1]][name] = given
        else:
            refused.append(Refused(name, BatchRejected("zip_folder")))
    targets, sources = (sides[role] for role in Role)
    if not targets or not sources:
        raise BatchRejected("zip_layout")
    if min(len(targets), len(sources)) == 1:
        plan = cross([*targets.values()], [*sources.values()], settings, allowed, watch)
    else:
        plan = _by_name(targets, sources, settings, allowed, watch)
    return Plan(plan.pairs, (*refused, *plan.refused))


def _by_name(
    targets: Mapping[str, Given], sources: Mapping[str, Given], settings: Settings, allowed: Limits, watch: Watch
) -> Plan:
    """Photos of one name, whatever their kinds."""
    theirs = {_plain(PurePosixPath(name).stem): name for name in sources}
    rows: list[Row] = []
    refused: list[Refused] = []
    for name in targets:
        partner = theirs.pop(_plain(PurePosixPath(name).stem), None)
        if partner is None:
            refused.append(Refused(name, BatchRejected("zip_partner")))
        else:
            rows.append(Row(len(rows) + 1, name, partner, settings))
    refused += [Refused(name, BatchRejected("zip_partner")) for name in theirs.values()]
    every = {**targets, **sources}
    plan = _from_table(Table(tuple(rows), ()), every.__getitem__, allowed, watch)
    return Plan(plan.pairs, (*refused, *(Refused(one.name, one.error) for one in plan.refused)))


def _from_table(table: Table, find: Callable[[str], Given], allowed: Limits, watch: Watch) -> Plan:
    looked = _Looked(allowed, len(table.rows), watch)
    pairs, refused = [], [*table.refused]
    found: dict[str, Given] = {}
    for row in table.rows:
        name = row.target
        try:
            both = []
            for name in (row.target, row.source):
                given = found.get(name) or find(name)
                found[name] = given
                _check_weight(list(found.values()), allowed)
                both.append(looked.at(given))
            pairs.append(Pair(both[0], both[1], row.settings))
        except FusionError as error:
            refused.append(Refused(name, error, row.number))
    return Plan(tuple(pairs), tuple(sorted(refused, key=lambda one: one.row or 0)))


def _check_weight(photos: Sequence[Given], allowed: Limits) -> None:
    total, giga = sum(photo.file_bytes for photo in photos), 1024**3
    if total > allowed.total_bytes:
        raise BatchRejected("photos_too_heavy", gigabytes=total / giga, limit_gigabytes=allowed.total_bytes / giga)


def _different(looked: _Looked, photos: Sequence[Given], refused: list[Refused]) -> list[Checked]:
    good: dict[str, Checked] = {}
    for given in photos:
        try:
            photo = looked.at(given)
            first = good.setdefault(photo.sha256, photo)
            if first is not photo:
                raise BatchRejected("photo_twice", name=first.given.name)
        except FusionError as error:
            refused.append(Refused(given.name, error))
    return list(good.values())


class _Looked:
    """Looks at each photo once, however many pairs it is in."""

    def __init__(self, allowed: Limits, total: int, watch: Watch) -> None:
        self._allowed, self._total, self._watch = allowed, total, watch
        self._known: dict[int, tuple[Given, Checked | FusionError]] = {}  # each kept, so that no id is used again

    def at(self, given: Given) -> Checked:
        """The photo.

        Raises:
            FusionError: it cannot be used.
        """
        if id(given) not in self._known:
            try:
                self._known[id(given)] = given, check(given, self._allowed)
            except FusionError as error:
                self._known[id(given)] = given, error
            self._watch(min(len(self._known), self._total), self._total)
        outcome = self._known[id(given)][1]
        if isinstance(outcome, FusionError):
            raise outcome
        return outcome


class _Shelf:
    """Photos by the names that a table gives them: as they are, by the end of their path, or without folders."""

    def __init__(self, photos: Iterable[tuple[str, Given]]) -> None:
        self._by_file: dict[str, list[tuple[str, Given]]] = {}
        for name, given in photos:
            plain = _plain(name)
            self._by_file.setdefault(plain.rpartition("/")[2], []).append((plain, given))

    def find(self, name: str) -> Given:
        """The photo.

        Raises:
            BatchRejected: there is none of that name, or there are several.
        """
        wanted = _plain(name).removeprefix("./")
        alike = self._by_file.get(wanted.rpartition("/")[2], [])
        exact = [given for plain, given in alike if plain == wanted]
        ending = [given for plain, given in alike if plain.endswith("/" + wanted)]
        found = exact or ending or [given for _, given in alike]
        if not found:
            raise BatchRejected("photo_missing", name=name)
        if len(found) > 1:
            raise BatchRejected("photo_ambiguous", name=name, count=len(found))
        return found[0]


def _plain(name: str) -> str:
    """A name as it is compared: systems differ in case, in slashes and in how they write accents."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").casefold()
