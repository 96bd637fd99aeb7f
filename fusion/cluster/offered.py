"""Which files of weights a machine has that another one may need: told on the head, looked for on a node. No Ray.

Those of the unet engine, the segmentation network, and the model file that enlarges. What comes with Python packages is
on every machine already, in one version.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fusion.errors import FusionError, Phrase, PhraseCode, Reason, WeightsMissing
from fusion.facts import Facts
from fusion.notices import Notice
from fusion.settings import Settings
from fusion.types import EngineName
from fusion.upscale import discovery
from fusion.weights import catalog, locate, segmenter


class Part(StrEnum):
    """What files belong to: they are used together."""

    UNET = "unet"
    SEGMENTER = "segmenter"
    ENLARGER = "enlarger"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that this machine has: its name within its part, and where it lies."""

    part: Part
    name: str
    path: Path
    stated_sha256: str | None = None

    def stamp(self) -> tuple[str, str, int, int]:
        """What changes with the file.

        Raises:
            OSError: it is gone.
        """
        found = self.path.stat()
        return self.part, self.name, found.st_size, found.st_mtime_ns

    def offered(self) -> Offered:
        """The file as another machine is told of it: reads it, once, where no manifest states its sha256.

        Raises:
            OSError: it cannot be read.
        """
        sha256 = self.stated_sha256 or locate.sha256_of(self.path)
        return Offered(self.part, self.name, self.path.stat().st_size, sha256)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that another machine has."""

    part: Part
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What a node could not be given.

    Attributes:
        why: in a few words.
        has_own: whether it has other files of its own in their place.
    """

    part: Part
    file: str
    why: str | Phrase
    has_own: bool = False


def needed(settings: Settings) -> frozenset[Part]:
    """What a job may use."""
    return frozenset(Part) - ({Part.UNET} if settings.engine == EngineName.LANDMARK else set())


def here(parts: Collection[Part]) -> tuple[Source, ...]:
    """What this machine has of some parts; of one that is not whole, nothing. Reads no file of weights."""
    found: list[Source] = []
    status = locate.status()
    if Part.UNET in parts and status.is_ready:
        found += [_unet_source(file) for file in status.files]
    if Part.SEGMENTER in parts and (path := _segmenter()) is not None:
        found.append(Source(Part.SEGMENTER, path.name, path))
    if Part.ENLARGER in parts:
        kinds = (each for each in discovery.status() if each.present and each.kind == "model_file")
        found += [Source(Part.ENLARGER, each.path.name, each.path) for each in kinds if each.path is not None]
    return tuple(found)


def manifest() -> bytes:
    """The list of the unet files that a download has written here; empty without one."""
    try:
        return (locate.status().folder / locate.MANIFEST).read_bytes()
    except OSError:
        return b""


def place(file: Offered) -> Path:
    """Where such a file would lie on this machine.

    Raises:
        ValueError: its name leads elsewhere.
    """
    unet = locate.place()
    folders = {Part.UNET: unet, Part.SEGMENTER: unet.parent / segmenter.FOLDER, Part.ENLARGER: discovery.folder()}
    known = {each.path for each in catalog.UNET.files} if file.part == Part.UNET else {Path(file.name).name}
    if file.name not in known or file.name.startswith("."):
        raise ValueError(file.name)
    return folders[file.part] / file.name


def refused(lacks: Collection[Lack], settings: Settings, node: str) -> FusionError | None:
    """Why a job cannot run on a node that lacks something; None where it can."""
    for lack in lacks:
        if lack.part == Part.UNET and settings.engine == EngineName.UNET and not lack.has_own:
            return WeightsMissing(Reason.NODE_WEIGHTS, node=node, file=lack.file, why=lack.why)
    return None


def told(lacks: Collection[Lack], facts: Facts, node: str) -> tuple[Notice, ...]:
    """What is to be told of a result that came from a node which lacked something."""
    found: list[Notice] = []
    for lack in lacks:
        details = {"node": node, "file": lack.file, "why": lack.why}
        if lack.part == Part.UNET and not lack.has_own:
            found += [Notice("node_landmark", details)] if facts.engine == EngineName.LANDMARK else []
        elif lack.part != Part.UNET or facts.engine == EngineName.UNET:
            found.append(Notice("node_other_weights", details))
    return tuple(found)


def differs(file: str) -> Phrase:
    """Why a file of a node's own stays."""
    return Phrase(PhraseCode.NODE_FILE_DIFFERS, {"file": file})


def _unet_source(file: locate.FileStatus) -> Source:
    stated = file.stated.sha256 if file.stated and file.stated.sha256 else None
    return Source(Part.UNET, file.file.path, file.path, stated)


def _segmenter() -> Path | None:
    """One that a node finds by its name."""
    try:
        path = segmenter.find()
    except FusionError:
        return None
    return path if path is not None and path.name in {each.name for each in catalog.SEGMENTERS} else None
