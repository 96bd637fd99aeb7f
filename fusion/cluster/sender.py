"""The head's side of weights on their way: what a node lacks goes there in pieces, which never fill the memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from fusion.cluster import offered
from fusion.cluster.offered import Lack, Offered, Part, Source, differs
from fusion.cluster.receiver import Answer
from fusion.files import private
from fusion.units import MIB

PIECE_BYTES = 8 * MIB
_AGAIN_S = 0.5
_LOOK_S = 1.0

Tell = Callable[[float], None]


class Over(Exception):
    """Nobody waits for it any more."""


class Sender:
    """For one worker of a node.

    Args:
        ray: the module.
        actor: a `Hosted`.
        is_over: whether the worker has ended.
    """

    def __init__(self, ray: Any, actor: Any, is_over: Callable[[], bool]) -> None:
        self._ray, self._actor, self._is_over = ray, actor, is_over
        self._brought: frozenset[object] = frozenset()  # stamps of files that are there
        self.lacks: tuple[Lack, ...] = ()

    def is_current(self, parts: Collection[Part]) -> bool:
        """Whether the node has all that this machine has of some parts. Asks this machine's disk alone."""
        try:
            stamps = {source.stamp() for source in offered.here(parts)}
        except OSError:
            return False
        return stamps <= self._brought and not any(lack.part in parts for lack in self.lacks)

    def bring(self, parts: Collection[Part], tell: Tell) -> None:
        """Send what the node lacks; what it could not be given is in `lacks`.

        Args:
            tell: told of the share that is there, 0 to 1; may raise `Over`.

        Raises:
            ray.exceptions.RayError: the node does not answer any more.
            Over
        """
        sources: dict[Offered, Source] = {}
        stamps: dict[Offered, object] = {}
        lacks: list[Lack] = []
        for source in offered.here(parts):
            try:
                file = source.offered()
                sources[file], stamps[file] = source, source.stamp()
            except OSError as error:
                lacks.append(Lack(source.part, source.name, private.why(error)))
        answer = self._offer(tuple(sources), tell)
        lacks += answer.lacks
        try:
            lacks += self._send(answer.wanted, sources, tell)
        finally:
            if answer.wanted:
                self._actor.settle.remote(offered.manifest())
        without = {lack.part for lack in lacks}
        self._brought = self._brought | {stamp for file, stamp in stamps.items() if file.part not in without}
        self.lacks = (*(lack for lack in self.lacks if lack.part not in parts), *lacks)

    def _offer(self, files: tuple[Offered, ...], tell: Tell) -> Answer:
        if not files:
            return Answer()
        while True:
            answer: Answer = self._got(self._actor.offer.remote(files))
            if not answer.is_busy:
                return answer
            tell(0.0)
            time.sleep(_AGAIN_S)

    def _send(self, wanted: tuple[Offered, ...], sources: dict[Offered, Source], tell: Tell) -> list[Lack]:
        total, done = sum(file.size_bytes for file in wanted), 0
        lacks: list[Lack] = []
        for file in wanted:
            if any(lack.part == file.part for lack in lacks):
                continue  # of no use without the others
            lack = self._send_one(file, sources[file].path, partial(_share, tell, done, total))
            lacks += [] if lack is None else [lack]
            done += file.size_bytes
        return lacks

    def _send_one(self, file: Offered, path: Path, tell: Callable[[int], None]) -> Lack | None:
        at, on_its_way = 0, None  # one at a time: of two Ray might deliver the second first
        try:
            with path.open("rb") as open_file:
                while at < file.size_bytes and (piece := open_file.read(PIECE_BYTES)):
                    tell(at)
                    if on_its_way is not None and (lack := self._got(on_its_way)) is not None:
                        return lack
                    on_its_way = self._actor.take.remote(file, at, piece)
                    at += len(piece)
        except OSError as error:
            return Lack(file.part, file.name, private.why(error))
        if at < file.size_bytes:  # it has become shorter
            return Lack(file.part, file.name, differs(file.name))
        lack = self._got(on_its_way)
        tell(at)
        return lack

    def _got(self, answer: Any) -> Any:
        while True:
            if self._is_over():
                raise Over
            try:
                return self._ray.get(answer, timeout=_LOOK_S)
            except self._ray.exceptions.GetTimeoutError:
                continue


def _share(tell: Tell, before: int, total: int, sent: int) -> None:
    tell((before + sent) / total)
