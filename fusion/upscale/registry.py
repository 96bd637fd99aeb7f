"""The best enlarger that this machine has, loaded when it is first needed and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fusion.errors import OutOfMemory, Phrase, PhraseCode, Reason
from fusion.memory import HOST, is_out_of_memory
from fusion.notices import Notice
from fusion.upscale import discovery
from fusion.upscale.base import Enlarger, EnlargerFailed, Kind, NotThisTime, Watch, named, scale_for
from fusion.upscale.discovery import Found
from fusion.upscale.lanczos import Lanczos


@dataclass(frozen=True, slots=True)
class Enlarged:
    """An enlarged picture.

    Attributes:
        pixels: (H·scale, W·scale, 3) uint8 sRGB.
        kind, name: what enlarged it; the name as a result says it: "SPAN ×2".
        notices: of the enlargers that should have and could not.
    """

    pixels: np.ndarray
    scale: int
    kind: Kind
    name: str
    notices: tuple[Notice, ...]


class Enlargers:
    """One per process.

    Args:
        device: where torch's networks compute: "cpu", "cuda" or "cuda:N".
        look: what there is on this machine.
    """

    def __init__(self, device: str = "cpu", look: Callable[[], tuple[Found, ...]] = discovery.status) -> None:
        self._device = device
        self._look = look
        self._loaded: dict[Found, Enlarger] = {}
        self._failed: dict[Found, Phrase] = {}
        self._short: set[Found] = set()  # of these: what may do better by the next picture

    def best(self) -> tuple[Enlarger, tuple[Notice, ...]]:
        """The first that loads, and a notice for each better one that is there but does not.

        What failed once is not tried again until `close`, but its notice comes each time; what lacked memory, by the
        next picture.
        """
        present = [each for each in self._look() if each.present]
        for each in present:
            enlarger = self._load(each)
            if enlarger is not None:
                return enlarger, self._notices(present, enlarger.name)
        raise AssertionError("Lanczos is always there")

    def enlarge(
        self, pixels: np.ndarray, factor: float, wanted: np.ndarray | None = None, watch: Watch = lambda fraction: None
    ) -> Enlarged:
        """Enlarge with the best; where it fails, or its smallest tile does not fit, with the next.

        Args: as `Enlarger.enlarge`.

        Raises:
            OutOfMemory: nor does plain interpolation fit.
            Cancelled: by `watch`.
        """
        try:
            while True:
                enlarger, notices = self.best()
                try:
                    made = enlarger.enlarge(pixels, factor, wanted, watch)
                except EnlargerFailed as error:
                    self._give_up(enlarger, error)
                except Exception as error:
                    if not is_out_of_memory(error):
                        raise
                    if enlarger.kind == Kind.LANCZOS:
                        raise OutOfMemory(Reason.OUT_OF_MEMORY, device=HOST) from error
                    self._give_up(enlarger, NotThisTime(Phrase(PhraseCode.MEMORY_SHORT)))
                else:
                    scale = scale_for(factor, enlarger.scales)
                    return Enlarged(made, scale, enlarger.kind, named(enlarger, factor), notices)
        finally:
            for each in self._short:  # the next picture may be smaller, or the memory free again
                del self._failed[each]
            self._short.clear()

    def close(self) -> None:
        """Forget the networks, so that their memory is free, and what failed, so that it is tried again."""
        self._loaded.clear()
        self._failed.clear()
        self._short.clear()

    def _load(self, each: Found) -> Enlarger | None:
        if each not in self._loaded and each not in self._failed:
            try:
                self._loaded[each] = load(each, self._device)
            except EnlargerFailed as error:
                self._note(each, error)
        return self._loaded.get(each)

    def _give_up(self, enlarger: Enlarger, error: EnlargerFailed) -> None:
        each = next(each for each, loaded in self._loaded.items() if loaded is enlarger)
        del self._loaded[each]
        self._note(each, error)

    def _note(self, each: Found, error: EnlargerFailed) -> None:
        self._failed[each] = error.why
        if isinstance(error, NotThisTime):
            self._short.add(each)

    def _notices(self, present: list[Found], used: str) -> tuple[Notice, ...]:
        return tuple(
            Notice("enlarger_failed", {"name": each.name, "why": self._failed[each], "used": used})
            for each in present
            if each in self._failed
        )


def load(each: Found, device: str) -> Enlarger:
    """Load an enlarger that is present.

    Raises:
        EnlargerFailed: it does not load.
    """
    # Late: torch and ncnn are loaded where they are needed, and an extra may be missing.
    if each.kind == Kind.MODEL_FILE and each.path is not None:
        from fusion.upscale.spandrel_model import ModelFile

        return ModelFile(each.path, device)
    if each.kind == Kind.SPAN and each.path is not None:
        from fusion.upscale.span_ncnn import Span

        return Span(each.path)
    return Lanczos()
