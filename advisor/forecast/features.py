"""What of a workload its memory and its seconds grow with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from advisor.forecast import savings
from fusion.sizing import Workload, layout
from fusion.types import EngineName, Stage

# Of the source's face no more pixels are kept than so many for each of the output's, along one axis: OVERSAMPLE of
# fusion/engines/layers.py, which a test holds equal.
SOURCE_PX_PER_OUTPUT_PX = 1.5


def memory_features(work: Workload) -> tuple[float, ...]:
    """1; pixels of the output, of the face's room, of the photos that are held at the peak, of what is enlarged, and of
    the source's face as it is warped (of a square as wide as it is); and 1 where something is enlarged, which takes a
    network.

    Of the landmark engine in two stages that network is at work beside the target, which makes the peak; where nothing
    is enlarged the peak is another one, beside the source.
    """
    enlarged, held = _enlarged_px(work), work.photos_px
    warped = min(float(work.source_px), SOURCE_PX_PER_OUTPUT_PX * work.face_px) ** 2
    if work.two_stage and work.engine == EngineName.LANDMARK:
        held = work.photos_px - work.source_photo_px if enlarged else work.source_photo_px or work.photos_px
    counts = work.output.pixels, work.room_px, held, enlarged, warped, bool(enlarged)
    return 1.0, *(float(count) for count in counts)


def _enlarged_px(work: Workload) -> int:
    """Of a job that was done it is known whether there was an enlarger, which of the unet engine's crop hangs on more
    than sizes can tell.
    """
    if not work.enlarger:
        return 0
    return layout.WORKING_PIXELS if work.engine == EngineName.UNET else work.enlarged_px


def loading_features(work: Workload) -> tuple[float, ...]:
    """1; pixels of both photos."""
    return 1.0, float(work.photos_px)


def reading_features(work: Workload) -> tuple[float, ...]:
    """1; pixels of both photos, which are held; and of the larger one, of which copies are made to search for faces."""
    target_px = work.photos_px - work.source_photo_px
    return 1.0, float(work.photos_px), float(max(target_px, work.source_photo_px))


def step_features(work: Workload, stage: Stage) -> tuple[float, ...]:
    """1, and the pixels that a stage goes through."""
    return 1.0, *(float(count) for count in _STEP_PIXELS[stage](work))


def stages_of(work: Workload) -> tuple[Stage, ...]:
    """Which stages a whole job with new photos and loaded networks has."""
    unet = work.engine == EngineName.UNET
    asked = {
        Stage.IDENTITY: unet,
        Stage.ENHANCE: savings.is_enhanced(work),
        Stage.ENLARGE: work.enlarged_px > 0,
        Stage.DETAIL: work.two_stage,
        Stage.FINISH: not work.two_stage,
        Stage.LOAD: False,
        Stage.WEIGHTS: False,  # of a worker's start
    }
    return tuple(stage for stage in Stage if asked.get(stage, True))


_STEP_PIXELS: Mapping[Stage, Callable[[Workload], tuple[int, ...]]] = {
    Stage.READ: lambda work: (work.photos_px,),
    Stage.FACES: lambda work: (work.photos_px,),
    Stage.SIZE: lambda work: (work.output.pixels,),
    Stage.LOAD: lambda work: (),
    Stage.IDENTITY: lambda work: (),
    Stage.FUSE: lambda work: () if work.two_stage or work.engine == EngineName.UNET else (work.room_px,),
    Stage.ENHANCE: lambda work: (),
    Stage.BLEND: lambda work: () if work.two_stage else (work.room_px,),
    Stage.ENLARGE: lambda work: (work.enlarged_px,),
    Stage.DETAIL: lambda work: (work.room_px,),
    Stage.FINISH: lambda work: (work.room_px, work.output.pixels),
    Stage.LIKENESS: lambda work: (),
    Stage.WRITE: lambda work: (work.output.pixels,),
}
