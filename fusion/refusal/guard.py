"""Examines the photos of a job before they are fused, and refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from fusion import config
from fusion.errors import FusionError, Reason
from fusion.newest import Newest
from fusion.photos import Photo
from fusion.refusal.network import Network, score
from fusion.refusal.policy import is_wanted

KEPT = 64  # photos of which it is remembered that they may be fused: one source goes into many targets


class Guard:
    """What examines photos in one process. For one thread at a time; the network is loaded with the first photo.

    Remembers the scores of photos that it has let pass, by their sha256, and nothing of one that it has not.

    Args:
        judge: the score of (H, W, 3) uint8 RGB; None: the network's.
    """

    def __init__(self, judge: Callable[[np.ndarray], float] | None = None) -> None:
        self._judge = judge
        self._network: Network | None = None
        self._passed = Newest[str, float](KEPT)

    def examine(self, photos: Iterable[Photo], *, is_served: bool, heed: Callable[[], None] = lambda: None) -> None:
        """Return if all of them may be fused, or if nobody asks. Some tenths of a second for each that is new.

        Args:
            is_served: whether the job came to an instance that serves others.
            heed: called before each is looked at; what it raises stops the job.

        Raises:
            FusionError: "photos_refused": one may not, and it is not said which; "check_missing": it cannot be known.
            WeightsInvalid: likewise: the network's file is another one.
        """
        if not is_wanted(is_served=is_served):
            return
        threshold = config.load().refusal_threshold
        for photo in photos:
            heed()
            known = self._passed.get(photo.sha256)
            found = self._score(photo.pixels) if known is None else known
            if not found < threshold:  # nor if it is no number
                self._passed.pop(photo.sha256, None)
                raise FusionError(Reason.PHOTOS_REFUSED)
            self._passed[photo.sha256] = found

    def forget(self) -> None:
        """Give back the network, and remember no photo."""
        self._network = None
        self._passed.clear()

    def _score(self, pixels: np.ndarray) -> float:
        if self._judge is not None:
            return self._judge(pixels)
        if self._network is None:
            self._network = Network()
        return score(pixels, self._network)
