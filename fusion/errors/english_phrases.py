"""Every phrase: its code, and its English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PhraseCode(StrEnum):
    """Which phrase it is. The Chinese of each lives in pages/parts/i18n/words/zh.json under `phrase.` and the code."""

    # what a setting may be
    RANGE = "range"
    RANGE_OR_AUTO = "range_or_auto"
    ONE_OF = "one_of"
    TWO_SIDES = "two_sides"
    TIER_OR_SIZE = "tier_or_size"
    TRUE_OR_FALSE = "true_or_false"
    FACE = "face"
    LIKE = "like"
    # what is in the place of an ordinary file, or of a folder
    FOLDER = "folder"
    PIPE = "pipe"
    SOCKET = "socket"
    DEVICE = "device"
    SOMETHING_ELSE = "something_else"
    IS_FOLDER = "is_folder"
    IS_NO_FOLDER = "is_no_folder"
    NO_FOLDER = "no_folder"
    FOLDER_UNWRITABLE = "folder_unwritable"
    LINK_TO_NOTHING = "link_to_nothing"
    FILE_FOR_FOLDER = "file_for_folder"
    # photos
    SEPARATE_PLANES = "separate_planes"
    PHOTOS_REMOVED = "photos_removed"
    # where memory ran out
    THIS_COMPUTER = "this_computer"
    # processes
    QUEUE_CLOSED = "queue_closed"
    LOG_EMPTY = "log_empty"
    TRIAL_LATE = "trial_late"
    TRIAL_ENDED = "trial_ended"
    # what is wrong with a file of weights
    ENTRY_MISSING = "entry_missing"
    NO_TENSORS = "no_tensors"
    TENSOR_MISSING = "tensor_missing"
    TENSOR_SHAPE = "tensor_shape"
    PARTS_MISSING = "parts_missing"
    PARTS_UNFIT = "parts_unfit"
    POINTS_UNFIT = "points_unfit"
    NO_PICTURE = "no_picture"
    NO_NUMBERS = "no_numbers"
    # why a picture was not enlarged
    MEMORY_SHORT = "memory_short"
    MEMORY_SHORT_TO_LOAD = "memory_short_to_load"
    ONE_COLOUR = "one_colour"
    OTHER_PICTURE = "other_picture"
    MEANINGLESS = "meaningless"
    OTHER_SIZE = "other_size"
    TOO_SLOW = "too_slow"
    MODEL_UNKNOWN = "model_unknown"
    NOT_LOADED = "not_loaded"
    BUILDS_DIFFER = "builds_differ"
    NO_WEIGHTS = "no_weights"
    NOT_ENLARGING = "not_enlarging"
    NOT_COLOUR = "not_colour"
    NEEDS_WHOLE = "needs_whole"
    NOT_RUNNING = "not_running"
    NCNN_STOPPED = "ncnn_stopped"
    FILES_DAMAGED = "files_damaged"


PHRASES: Mapping[PhraseCode, str] = MappingProxyType(
    {
        PhraseCode.RANGE: "between {low:g} and {high:g}",
        PhraseCode.RANGE_OR_AUTO: 'between {low:g} and {high:g} or "auto"',
        PhraseCode.ONE_OF: "one of {names}",
        PhraseCode.TWO_SIDES: "two whole numbers between {low} and {high}",
        PhraseCode.TIER_OR_SIZE: "a tier or [width, height]",
        PhraseCode.TRUE_OR_FALSE: "true or false",
        PhraseCode.FACE: '"largest", an index from 0 or a box [left, top, right, bottom]',
        PhraseCode.LIKE: "like {example}",
        PhraseCode.FOLDER: "a folder",
        PhraseCode.PIPE: "a pipe",
        PhraseCode.SOCKET: "a socket",
        PhraseCode.DEVICE: "a device",
        PhraseCode.SOMETHING_ELSE: "something else",
        PhraseCode.IS_FOLDER: "{path} is a folder",
        PhraseCode.IS_NO_FOLDER: "{path} is not a folder",
        PhraseCode.NO_FOLDER: "there is no folder {path}",
        PhraseCode.FOLDER_UNWRITABLE: "the folder {path} cannot be written",
        PhraseCode.LINK_TO_NOTHING: "{path} is a link that leads nowhere",
        PhraseCode.FILE_FOR_FOLDER: "{path} is a file, not a folder",
        PhraseCode.SEPARATE_PLANES: "16 bits in separate planes, not compressed",
        PhraseCode.PHOTOS_REMOVED: "they were removed",
        PhraseCode.THIS_COMPUTER: "this computer",
        PhraseCode.QUEUE_CLOSED: "the queue is closed",
        PhraseCode.LOG_EMPTY: "the log is empty",
        PhraseCode.TRIAL_LATE: "it was not done after {seconds:.0f} s",
        PhraseCode.TRIAL_ENDED: "its process ended with {code}",
        PhraseCode.ENTRY_MISSING: "it has no entry '{name}'",
        PhraseCode.NO_TENSORS: "it holds something else than named tensors",
        PhraseCode.TENSOR_MISSING: "the tensor {name} is missing",
        PhraseCode.TENSOR_SHAPE: "{name} is {found} instead of {expected}",
        PhraseCode.PARTS_MISSING: "it lacks {names}",
        PhraseCode.PARTS_UNFIT: "its parts do not fit each other",
        PhraseCode.POINTS_UNFIT: "its key points are not points of the model",
        PhraseCode.NO_PICTURE: "it is no picture",
        PhraseCode.NO_NUMBERS: "its networks answer with numbers that are none",
        PhraseCode.MEMORY_SHORT: "there was not enough memory",
        PhraseCode.MEMORY_SHORT_TO_LOAD: "there was not enough memory to load it",
        PhraseCode.ONE_COLOUR: "it gave one colour for a whole piece",
        PhraseCode.OTHER_PICTURE: "it gave another picture",
        PhraseCode.MEANINGLESS: "it gave numbers without meaning",
        PhraseCode.OTHER_SIZE: "it gave {width}×{height} px for {given_width}×{given_height}",
        PhraseCode.TOO_SLOW: "it would take {minutes:.0f} minutes here",
        PhraseCode.MODEL_UNKNOWN: "{name} holds no model that spandrel knows",
        PhraseCode.NOT_LOADED: "{name} does not load: {why}",
        PhraseCode.BUILDS_DIFFER: "torchvision was not built for the installed torch: install both from one index, "
        "`make extras TORCH_INDEX=` with the address from which torch came",
        PhraseCode.NO_WEIGHTS: "{name} holds no weights",
        PhraseCode.NOT_ENLARGING: "{name} is not for enlarging photos",
        PhraseCode.NOT_COLOUR: "it is not for colour photos",
        PhraseCode.NEEDS_WHOLE: "{name} needs a picture as a whole",
        PhraseCode.NOT_RUNNING: "it does not run: {why}",
        PhraseCode.NCNN_STOPPED: "ncnn stopped with {code}",
        PhraseCode.FILES_DAMAGED: "the files of {name} are damaged",
    }
)
