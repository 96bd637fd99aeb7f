"""The engine of the ModelScope model `cv_unet-image-face-fusion_damo`.

The target's face is cut out upright at 256 px; the generator makes it anew with another identity; where the face is
large in the output a second network restores detail at 1024 px; both are laid back over the target. What differs from
the model's own code, and why, is in docs/engines.md.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
import torch

from fusion.engines import layers, precision
from fusion.engines.base import Meaningless, Portrait, Step, Work
from fusion.engines.layers import NATIVE_LIMIT, Layers
from fusion.engines.unet import align, compositing, guide
from fusion.engines.unet.align import Square
from fusion.engines.unet.compositing import Crop
from fusion.engines.unet.networks import checkpoint, identity, shape
from fusion.engines.unet.networks.enhancer import Enhancer
from fusion.engines.unet.networks.generator import Generator
from fusion.errors import Phrase, PhraseCode, WeightsInvalid
from fusion.faces import geometry
from fusion.memory import budget, strips
from fusion.newest import Newest
from fusion.notices import Notice
from fusion.ops import warp
from fusion.sizing import Rect
from fusion.types import EngineName, Precision, Size, Stage
from fusion.weights import locate

ENHANCE_FROM = 256.0  # px, width of the face in the output above which the enhancer runs; measured in docs/engines.md
KEPT_FACES = 32  # faces that are remembered: 0.8 MB each
# So many rows of the enhancer's largest maps stay in a processor's cache, and below the C library's limit (32 MiB) for
# memory that it keeps; above, every map is paid for in page faults.
_PROCESSORS_ROWS = 64


class _Person:
    """Who a face is, found out when it is first asked for. `crop`: (1, 3, 256, 256) float32 in -1…1."""

    def __init__(self, crop: torch.Tensor, who: identity.Identity, build: shape.Shape) -> None:
        self._crop = crop
        self._who, self._build = who, build

    @cached_property
    def embedding(self) -> torch.Tensor:
        """(1, 512) float32."""
        return self._who(self._crop)

    @cached_property
    def build(self) -> torch.Tensor:
        """(1, 257) float32."""
        return self._build.coefficients(self._crop)


def room(points: np.ndarray, frame: Size) -> Rect:
    """What of a frame the engine looks at or changes for a face. `points`: (478, 3) px of it."""
    five = align.five_points(points)
    return compositing.room(points, frame, [align.for_generator(five), align.for_enhancer(five)])


class UnetEngine:
    """Loads the model's networks when made: 1.5 GB in float32, half of that in the others.

    Args:
        files: the model's files.
        device: where to compute.
        precision_: not `auto`.
        enhance_from: px, width of the face in the output above which the enhancer runs.
        lends: whether weights lie on the host, and are on the device only while they are computed with.

    Raises:
        WeightsInvalid: a file is not what it should be.
    """

    name = EngineName.UNET

    def __init__(
        self,
        files: locate.UnetFiles,
        device: torch.device,
        precision_: Precision,
        enhance_from: float = ENHANCE_FROM,
        *,
        lends: bool = False,
    ) -> None:
        dtype = precision.DTYPES[precision_]
        self.precision, self.lends = precision_, lends
        self._enhance_from = enhance_from
        self._files, self._device = files, device
        self._generator = Generator(files.generator, device, dtype, lends=lends)
        self._enhancer = None if lends else self._loaded_enhancer()
        self._identity = identity.Identity(files.identity, device, lends=lends)
        self._shape = shape.Shape(files.shape, files.face_model, device, lends=lends)
        self._generators_mask = compositing.generators_mask(files.alpha, device)
        self._enhancers_mask = compositing.enhancers_mask(device)
        self.strip_rows = 0  # of the enhancer, while it is at work, and after it has failed
        self._people = Newest[Hashable, _Person](KEPT_FACES)

    def fuse(self, work: Work, step: Step) -> Layers:
        """See `fusion.engines.base.Engine.fuse`.

        Raises:
            Meaningless
        """
        self.strip_rows = 0
        points = align.five_points(work.points)
        square = align.for_generator(points)
        with step(Stage.IDENTITY, 0.42):
            people, averaged = self._source_people(work)
            crop = _normal(warp.affine(work.frame, square.frame_from_crop, square.side, square.side))
            target = self._person(work.target_key, lambda: crop)
            # at ratio 1 nobody needs to know who the target is
            who = identity.mean(torch.cat([person.embedding for person in people]))
            if work.ratio < 1:
                who = identity.between(target.embedding, who, work.ratio)
            build = torch.cat([person.build for person in people]).mean(0, keepdim=True)
            build = shape.between(target.build, build, work.ratio)
        with step(Stage.FUSE, 0.46):
            fused, own = self._shape.key_points(torch.cat([build, target.build])).chunk(2)
            face = _picture(self._generator(crop, who, fused, own))
        crops = [Crop(face, self._generators_mask, square)]
        rows = 0
        if geometry.face_width(work.points) * work.finer > self._enhance_from:
            with step(Stage.ENHANCE, 0.55):
                restored, rows = self._enhanced(work, crops[0], align.for_enhancer(points))
                crops.append(restored)
        with step(Stage.BLEND, 0.75, networks=False):
            told = (*_notices(work, crops), *self._saving(work, rows))
            made = replace(compositing.into(work, crops, told), averaged=averaged)
            made = replace(made, strip_rows=self._saved(rows), lent=self.lends)
            return replace(made, guide=guide.of_crops(work, crops, made)) if work.finer > 1 else made

    def forget(self) -> None:
        """Remember nobody any more."""
        self._people.clear()

    def broken(self) -> WeightsInvalid:
        """The error for weights that give numbers without meaning even in float32."""
        return checkpoint.invalid(self._files.generator, Phrase(PhraseCode.NO_NUMBERS))

    def _loaded_enhancer(self) -> Enhancer:
        return Enhancer(self._files.enhancer, self._device, precision.DTYPES[self.precision])

    def _enhanced(self, work: Work, fused: Crop, square: Square) -> tuple[Crop, int]:
        """The fused face with its surroundings, (1024, 1024, 3), its detail restored; in strips of how many rows."""
        seen = warp.affine(work.frame, square.frame_from_crop, square.side, square.side).float() / 255
        seen = compositing.over(seen, fused, square.frame_from_crop)

        def heed(share: float) -> None:
            if self._device.type == "cuda" and rows < strips.WHOLE:
                torch.cuda.synchronize(self._device)  # or all strips are handed over at once, and none can be stopped
            work.heed(Stage.ENHANCE, 0.55 + 0.2 * share)

        enhancer = self._enhancer or self._loaded_enhancer()  # whose weights are there when what is free is looked at
        self.strip_rows = rows = self._rows(work)
        restored = enhancer((seen * 2 - 1).permute(2, 0, 1).unsqueeze(0), rows, heed)
        self.strip_rows = 0
        return Crop(_picture(restored), self._enhancers_mask, square), rows

    def _rows(self, work: Work) -> int:
        """How many rows of a map the enhancer shall make at once."""
        if self._device.type == "cpu":
            return _PROCESSORS_ROWS
        fitting = strips.rows_for(budget.spare_bytes(str(self._device)), self.precision, lends=self.lends)
        return min(fitting, work.saving.strip_rows or fitting)

    def _saved(self, rows: int) -> int:
        """As of `Layers.strip_rows`: a processor has its reason for strips in any case."""
        return rows if self._device.type != "cpu" and rows < strips.WHOLE else 0

    def _saving(self, work: Work, rows: int) -> tuple[Notice, ...]:
        """That memory is saved, where the ladder has not told so already."""
        in_strips = self._saved(rows) and work.saving.strip_rows is None
        return (
            *((Notice("in_strips", {"rows": rows}),) if in_strips else ()),
            *((Notice("weights_lent"),) if self.lends and not work.saving.lends else ()),
        )

    def _source_people(self, work: Work) -> tuple[list[_Person], tuple[int, ...]]:
        """The source in each of its portraits that is of one person with the others, and which these are.

        Of a single portrait nothing is said.
        """
        first = Portrait(work.source, work.source_points, work.source_key)
        people = [self._person(each.key, partial(self._source_crop, each)) for each in (first, *work.others)]
        if len(people) == 1:
            return people, ()
        kept = identity.alike(torch.cat([person.embedding for person in people]))
        return [people[at] for at in kept], kept

    def _source_crop(self, portrait: Portrait) -> torch.Tensor:
        square = align.for_generator(align.five_points(portrait.points))
        # on the host, where the photo is: only the crop goes to the device
        region = square.bounds(Size(portrait.pixels.shape[1], portrait.pixels.shape[0]))
        part = torch.from_numpy(np.array(portrait.pixels[layers.slices(region)]))
        cut = warp.affine(part, square.within(region).frame_from_crop, square.side, square.side)
        return _normal(cut.to(self._device))

    def _person(self, key: Hashable, crop: Callable[[], torch.Tensor]) -> _Person:
        def make() -> _Person:
            return _Person(crop(), self._identity, self._shape)

        return make() if key is None else self._people.of(key, make)


def _normal(crop: torch.Tensor) -> torch.Tensor:
    """(H, W, 3) uint8 → (1, 3, H, W) float32 in -1…1."""
    return (crop.permute(2, 0, 1).unsqueeze(0).float() / 127.5 - 1).contiguous()


def _picture(made: torch.Tensor) -> torch.Tensor:
    """(1, 3, H, W) float32 in about -1…1 → (H, W, 3) float32 in 0…1.

    Raises:
        Meaningless
    """
    if not bool(torch.isfinite(made).all()):
        raise Meaningless
    return (made[0] * 0.5 + 0.5).clamp(0, 1).permute(1, 2, 0).contiguous()


def _notices(work: Work, crops: list[Crop]) -> tuple[Notice, ...]:
    square = crops[-1].square
    enlargement = square.enlargement * work.finer
    if len(crops) == 1 or enlargement <= NATIVE_LIMIT:
        return ()
    native = geometry.face_width(work.points) / square.enlargement
    return (Notice("model_soft", {"native_px": native, "factor": enlargement}),)
