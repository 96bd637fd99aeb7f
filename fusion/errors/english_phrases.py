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
    LABEL_CHARACTERS = "label_characters"
    # what a field of a request may be, and what is wrong with a body
    A_PHOTO = "a_photo"
    AN_OBJECT = "an_object"
    A_TEXT = "a_text"
    A_JOB = "a_job"
    NOT_JSON = "not_json"
    NO_FORM = "no_form"
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
    # a part of a face, as it stands in a sentence
    PART_FOREHEAD = "part_forehead"
    PART_RIGHT_EYE = "part_right_eye"
    PART_LEFT_EYE = "part_left_eye"
    PART_RIGHT_CHEEK = "part_right_cheek"
    PART_LEFT_CHEEK = "part_left_cheek"
    PART_MOUTH = "part_mouth"
    PART_CHIN = "part_chin"
    # photos
    SEPARATE_PLANES = "separate_planes"
    PHOTOS_REMOVED = "photos_removed"
    ARRAY_OF = "array_of"
    OBJECT_OF = "object_of"
    ADDRESS = "address"
    NO_PHOTOS = "no_photos"
    # where memory ran out
    THIS_COMPUTER = "this_computer"
    # processes
    QUEUE_CLOSED = "queue_closed"
    LOG_EMPTY = "log_empty"
    TRIAL_LATE = "trial_late"
    TRIAL_ENDED = "trial_ended"
    # what a machine of a cluster has instead of weights
    NODE_FILE_DIFFERS = "node_file_differs"
    NODE_FILE_DAMAGED = "node_file_damaged"
    NODE_NO_ROOM = "node_no_room"
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
    # what stands against a pair of faces, and what would help
    PAIR_YAW_APART = "pair_yaw_apart"
    PAIR_YAW_APART_HELP = "pair_yaw_apart_help"
    PAIR_PITCH_APART = "pair_pitch_apart"
    PAIR_PITCH_APART_HELP = "pair_pitch_apart_help"
    PAIR_LITTLE_SHOWN = "pair_little_shown"
    PAIR_LITTLE_SHOWN_HELP = "pair_little_shown_help"
    PAIR_TURNED = "pair_turned"
    PAIR_TURNED_HELP = "pair_turned_help"
    PAIR_HAIR = "pair_hair"
    PAIR_HAIR_HELP = "pair_hair_help"
    PAIR_OBJECT = "pair_object"
    PAIR_OBJECT_HELP = "pair_object_help"
    PAIR_GLASSES = "pair_glasses"
    PAIR_GLASSES_HELP = "pair_glasses_help"
    PAIR_GLASSES_CARRIED = "pair_glasses_carried"
    PAIR_GLASSES_CARRIED_HELP = "pair_glasses_carried_help"
    PAIR_DARK_LENSES = "pair_dark_lenses"
    PAIR_DARK_LENSES_HELP = "pair_dark_lenses_help"
    PAIR_CUT_OFF = "pair_cut_off"
    PAIR_CUT_OFF_HELP = "pair_cut_off_help"
    PAIR_SHADOW = "pair_shadow"
    PAIR_SHADOW_HELP = "pair_shadow_help"
    PAIR_BURNT = "pair_burnt"
    PAIR_BURNT_HELP = "pair_burnt_help"
    PAIR_COVERED = "pair_covered"
    PAIR_COVERED_HELP = "pair_covered_help"
    PAIR_FEW_PX = "pair_few_px"
    PAIR_FEW_PX_HELP = "pair_few_px_help"
    PAIR_MOUTHS_DIFFER = "pair_mouths_differ"
    PAIR_MOUTHS_DIFFER_HELP = "pair_mouths_differ_help"
    PAIR_SMILES_DIFFER = "pair_smiles_differ"
    PAIR_SMILES_DIFFER_HELP = "pair_smiles_differ_help"
    PAIR_EYES_SHUT = "pair_eyes_shut"
    PAIR_EYES_SHUT_HELP = "pair_eyes_shut_help"
    PAIR_BEARD = "pair_beard"
    PAIR_BEARD_HELP = "pair_beard_help"
    PAIR_TONES_APART = "pair_tones_apart"
    PAIR_TONES_APART_HELP = "pair_tones_apart_help"


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
        PhraseCode.A_PHOTO: "a photo: a file of a form, or in JSON a data URI or base64",
        PhraseCode.AN_OBJECT: "a JSON object",
        PhraseCode.A_TEXT: "a text of 1 to {count} characters",
        PhraseCode.A_JOB: "what an earlier answer gave",
        PhraseCode.NOT_JSON: "it is no JSON object",
        PhraseCode.NO_FORM: "it is no form, or has too many parts",
        PhraseCode.LABEL_CHARACTERS: "up to {count} characters of printable ASCII, none of them a blank, a "
        "quotation mark or a backslash",
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
        PhraseCode.ARRAY_OF: "an array ({shape}) of {dtype}",
        PhraseCode.OBJECT_OF: "an object of the type {type}",
        PhraseCode.ADDRESS: "an address in a network, which Fusewise never asks",
        PhraseCode.NO_PHOTOS: "there is none in what was given",
        PhraseCode.THIS_COMPUTER: "this computer",
        PhraseCode.QUEUE_CLOSED: "the queue is closed",
        PhraseCode.LOG_EMPTY: "the log is empty",
        PhraseCode.TRIAL_LATE: "it was not done after {seconds:.0f} s",
        PhraseCode.TRIAL_ENDED: "its process ended with {code}",
        PhraseCode.NODE_FILE_DIFFERS: "it has another {file} of its own, which stays",
        PhraseCode.NODE_FILE_DAMAGED: "{file} arrived damaged",
        PhraseCode.NODE_NO_ROOM: "its disk has {free:.1f} GB free, and needs {needed:.1f} GB",
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
        PhraseCode.PAIR_YAW_APART: "The heads are turned {degrees:.0f}° apart, even where one is mirrored.",
        PhraseCode.PAIR_YAW_APART_HELP: "Use a source photo in which the head is turned like the target's.",
        PhraseCode.PAIR_PITCH_APART: "One head looks {degrees:.0f}° further up than the other.",
        PhraseCode.PAIR_PITCH_APART_HELP: "Use a source photo in which the head is raised or lowered like the "
        "target's.",
        PhraseCode.PAIR_LITTLE_SHOWN: "In all, the source photo lacks {percent:.0f} % of the {part} that the target "
        "shows.",
        PhraseCode.PAIR_LITTLE_SHOWN_HELP: "Use another source photo of this person, from the front and with nothing "
        "before the face.",
        PhraseCode.PAIR_TURNED: "{percent:.0f} % of the {part} that the target shows is turned away in the source "
        "photo.",
        PhraseCode.PAIR_TURNED_HELP: "Use a source photo in which the head is turned like the target's.",
        PhraseCode.PAIR_HAIR: "Hair or a hat hides {percent:.0f} % of the {part} in the source photo.",
        PhraseCode.PAIR_HAIR_HELP: "Use a source photo in which the face is free of hair and hats.",
        PhraseCode.PAIR_OBJECT: "A hand or another object hides {percent:.0f} % of the {part} in the source photo.",
        PhraseCode.PAIR_OBJECT_HELP: "Use a source photo with nothing before the face.",
        PhraseCode.PAIR_GLASSES: "Glasses hide {percent:.0f} % of the {part} in the {role} photo.",
        PhraseCode.PAIR_GLASSES_HELP: "Use a {role} photo without glasses.",
        PhraseCode.PAIR_GLASSES_CARRIED: "The source's glasses come along without all of their arms; the heads are "
        "turned {degrees:.0f}° apart.",
        PhraseCode.PAIR_GLASSES_CARRIED_HELP: "Use a source photo without glasses.",
        PhraseCode.PAIR_DARK_LENSES: "The eyes in the {role} photo are behind dark lenses.",
        PhraseCode.PAIR_DARK_LENSES_HELP: "Use a {role} photo without sunglasses.",
        PhraseCode.PAIR_CUT_OFF: "The edge of the source photo cuts off {percent:.0f} % of the {part}.",
        PhraseCode.PAIR_CUT_OFF_HELP: "Use a source photo that has the whole face in it.",
        PhraseCode.PAIR_SHADOW: "A hard shadow lies on {percent:.0f} % of the {part} in the {role} photo.",
        PhraseCode.PAIR_SHADOW_HELP: "Use a {role} photo in soft or frontal light.",
        PhraseCode.PAIR_BURNT: "{percent:.0f} % of the {part} in the {role} photo is burnt out.",
        PhraseCode.PAIR_BURNT_HELP: "Use a {role} photo that is exposed less.",
        PhraseCode.PAIR_COVERED: "{percent:.0f} % of the {part} in the target photo is covered, and stays as it is.",
        PhraseCode.PAIR_COVERED_HELP: "Use a target photo that shows more of the face.",
        PhraseCode.PAIR_FEW_PX: "The {role} face is only {px:.0f} px wide.",
        PhraseCode.PAIR_FEW_PX_HELP: "Use a larger {role} photo: a face of 100 px or more.",
        PhraseCode.PAIR_MOUTHS_DIFFER: "One mouth is open and the other closed, {percent:.0f} % of the {part} apart.",
        PhraseCode.PAIR_MOUTHS_DIFFER_HELP: "Use a source photo with the mouth as open as the target's.",
        PhraseCode.PAIR_SMILES_DIFFER: "The source smiles and the target does not: the folds of the smile stay.",
        PhraseCode.PAIR_SMILES_DIFFER_HELP: "Use a source photo with the same expression as the target's.",
        PhraseCode.PAIR_EYES_SHUT: "The eyes in the {role} photo are shut, the others are open.",
        PhraseCode.PAIR_EYES_SHUT_HELP: "Use a {role} photo with the eyes open.",
        PhraseCode.PAIR_BEARD: "The {role} wears a beard and the other one does not.",
        PhraseCode.PAIR_BEARD_HELP: "Use two photos that are alike in this, or choose by facial_hair whose lower "
        "face it will be.",
        PhraseCode.PAIR_TONES_APART: "The two skins are {delta_e:.0f} ΔE apart, too far for this light.",
        PhraseCode.PAIR_TONES_APART_HELP: "Use two photos in which skin and light are more alike, or a softer light.",
        PhraseCode.PART_FOREHEAD: "the forehead",
        PhraseCode.PART_RIGHT_EYE: "the right eye",
        PhraseCode.PART_LEFT_EYE: "the left eye",
        PhraseCode.PART_RIGHT_CHEEK: "the right cheek",
        PhraseCode.PART_LEFT_CHEEK: "the left cheek",
        PhraseCode.PART_MOUTH: "the mouth",
        PhraseCode.PART_CHIN: "the chin",
    }
)
