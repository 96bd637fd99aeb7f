"""How much work two photos and some settings will be: the one way to say it, before a run and after it. Pure."""

from __future__ import annotations

from fusion.settings import Settings
from fusion.sizing import layout
from fusion.sizing.layout import Plan, Rect
from fusion.sizing.measurement import Workload
from fusion.sizing.sharpness_limits import Subject
from fusion.types import Box, EngineName, Precision, Size

# How far an engine reaches beyond the box of a face's landmarks, in widths or heights of it, whichever is larger.
LANDMARK_REACH = 0.42
# The unet engine's larger crop is a square of 1024 px in which a face is `layout.ENHANCER_FACE_PX` wide; a head that
# is tilted by 2° makes its bounds 3 % wider. Its middle lies above that of the landmarks, by so much of its side.
UNET_SIDE = 1.03 * 1024 / layout.ENHANCER_FACE_PX
UNET_RISE = 0.095
ENLARGE_FROM = 1.2  # px of the output per px of a face from which a second stage enlarges what it reads
# Of the unet engine, over `layout.ENHANCER_FACE_PX`: by the outermost landmarks faces are up to a sixth narrower than
# what its crop is laid by. Where that is not known, memory is foretold as if it were enlarged.
UNET_ENLARGE_FROM = 1.02
SOURCE_REACH = 0.2  # of a source's face, kept around it


def workload(
    subject: Subject, settings: Settings, engine: EngineName, precision: Precision, enlarger: str = "lanczos"
) -> Workload:
    """What a fusion of `subject` with `settings` will be.

    Args:
        subject: with both faces; without them the work is that of a target that stays as it is.
        engine, precision: what `auto` stands for.
        enlarger: the best kind there is.
    """
    plan = layout.plan(subject.photo, settings, subject.face)
    of_source = subject.source.pixels if subject.source else 0
    photos_px = subject.photo.pixels + of_source
    if settings.ratio == 0 or subject.face is None or subject.target_px is None or subject.source_px is None:
        source_px = round(subject.source_px or 0)
        return Workload(engine, precision, plan.size, 0, 0, source_px, photos_px, source_photo_px=of_source)
    face_px = subject.target_px * plan.scale
    room = room_of(plan, subject.face, face_px, engine)
    staged = layout.needs_two_stages(plan.size, room, settings.two_stage, engine)
    enlarged = _enlarged_px(subject.source_px, face_px, engine) if staged else 0
    return Workload(
        engine=engine,
        precision=precision,
        output=plan.size,
        face_px=round(face_px),
        room_px=room.size.pixels,
        source_px=round(subject.source_px),
        photos_px=photos_px,
        two_stage=staged,
        enlarged_px=enlarged,
        enlarger=enlarger if enlarged else "",
        faces=subject.faces,
        source_photo_px=of_source,
    )


def room_of(plan: Plan, face: Box, face_px: float, engine: EngineName) -> Rect:
    """About what the engine looks at: exact for landmark, for unet within a tenth where the head is upright.

    Args:
        face: the box of the target's landmarks, px of its photo.
        face_px: width of the face in the output.
    """
    left, top = plan.to_output(face.left, face.top)
    right, bottom = plan.to_output(face.right, face.bottom)
    if engine == EngineName.UNET:
        side = UNET_SIDE * face_px
        reach_x, reach_y = (max(0.0, (side - length) / 2) for length in (right - left, bottom - top))
        top, bottom = top - UNET_RISE * side, bottom - UNET_RISE * side
    else:
        reach_x = reach_y = LANDMARK_REACH * max(right - left, bottom - top)
    return _inside(Box(left - reach_x, top - reach_y, right + reach_x, bottom + reach_y), plan.size)


def _inside(box: Box, frame: Size) -> Rect:
    left, top = max(0, int(box.left)), max(0, int(box.top))
    right, bottom = min(frame.width, -int(-box.right // 1)), min(frame.height, -int(-box.bottom // 1))
    return Rect(left, top, max(0, right - left), max(0, bottom - top))


def _enlarged_px(source_px: float, face_px: float, engine: EngineName) -> int:
    """Pixels of the model's crop, or of the source's face with what lies around it."""
    if engine == EngineName.UNET:
        return 1024 * 1024 if face_px / layout.ENHANCER_FACE_PX > UNET_ENLARGE_FROM else 0
    return round((source_px * (1 + 2 * SOURCE_REACH)) ** 2 * 1.2) if face_px / source_px > ENLARGE_FROM else 0
