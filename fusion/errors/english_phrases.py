"""Every phrase: its code, and its English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PhraseCode(StrEnum):
    """Which phrase it is. The Chinese of each lives in pages/parts/words/zh.json under `phrase.` and the code."""

    # what a setting may be
    RANGE = "range"
    RANGE_OR_AUTO = "range_or_auto"
    ONE_OF = "one_of"
    TWO_SIDES = "two_sides"
    TIER_OR_SIZE = "tier_or_size"
    TRUE_OR_FALSE = "true_or_false"
    FACE_INDEX = "face_index"
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


PHRASES: Mapping[PhraseCode, str] = MappingProxyType(
    {
        PhraseCode.RANGE: "between {low:g} and {high:g}",
        PhraseCode.RANGE_OR_AUTO: 'between {low:g} and {high:g} or "auto"',
        PhraseCode.ONE_OF: "one of {names}",
        PhraseCode.TWO_SIDES: "two whole numbers between {low} and {high}",
        PhraseCode.TIER_OR_SIZE: "a tier or [width, height]",
        PhraseCode.TRUE_OR_FALSE: "true or false",
        PhraseCode.FACE_INDEX: '"largest" or an index from 0',
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
    }
)
