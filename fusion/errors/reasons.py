"""Every reason for which something can fail. Pure.

Each says how a command ends that stops for it, and with which status a server over HTTP answers (RFC 9110):

| status | what is meant |
|---|---|
| 400 | what was sent cannot be parsed: JSON, a table |
| 401 | a token is asked for |
| 403 | the administrator alone may do that; or nobody can tell whose it would be |
| 404 | there is no such job, batch, file or address |
| 405 | the address is not asked so |
| 409 | what is there already, or how far a job is, stands against it |
| 410 | it was there, and is gone |
| 413 | too many bytes, pixels or entries: there is a limit |
| 415 | no format that is read |
| 421 | this server does not go by that name |
| 422 | it can be read, but not used: a photo without a face, a value out of its range |
| 429 | too much at once: later |
| 500 | a failure here that the same request may meet again |
| 502, 504 | the hub of the weights does not answer as it should; 504 also: it took too long |
| 503 | not now: weights, a worker, memory or the database are not there |
| 507 | the disk is full; or there is no memory for what is asked |
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from http import HTTPStatus
from typing import NamedTuple


class Exit(IntEnum):
    """How a command ends. A script tells by it whether the same command can be worth another try."""

    DONE = 0
    FAILED = 1  # the machine, the network, the disk, the weights, the state of a job: the same command may do later
    BAD_INPUT = 2  # what was given: photos, names, places, settings; the same command ends so again
    NOTHING_FOUND = 3  # of `verify` alone: no file says where it is from
    BROKEN = 4  # of `verify` alone: what one says of its origin does not hold
    STOPPED = 130  # what shells give for Ctrl-C


class Sentence(NamedTuple):
    """What is told of a reason: what happened, and what to do."""

    message: str
    remedy: str


class Reason(StrEnum):
    """Why something failed: the key of its sentences in every language, and how it ends.

    Attributes:
        exit: how a command ends.
        status: of an answer over HTTP.
    """

    exit: Exit
    status: HTTPStatus

    def __new__(cls, name: str, exit: Exit, status: int) -> Reason:
        """A member, as the lines below write it."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.exit = exit
        made.status = HTTPStatus(status)
        return made

    @classmethod
    def of(cls, name: str) -> Reason | None:
        """The reason of that name; None where this version has none."""
        return _BY_NAME.get(name)

    # photos
    PHOTO_EMPTY = "photo_empty", Exit.BAD_INPUT, 422
    PHOTO_UNREADABLE = "photo_unreadable", Exit.BAD_INPUT, 415
    PHOTO_FORMAT = "photo_format", Exit.BAD_INPUT, 415
    PHOTO_TRUNCATED = "photo_truncated", Exit.BAD_INPUT, 422
    PHOTO_TOO_HEAVY = "photo_too_heavy", Exit.BAD_INPUT, 413
    PHOTO_TOO_LARGE = "photo_too_large", Exit.BAD_INPUT, 413
    PHOTO_BOMB = "photo_bomb", Exit.BAD_INPUT, 413
    PHOTO_TOO_DEEP = "photo_too_deep", Exit.BAD_INPUT, 413
    PHOTO_TOO_SMALL = "photo_too_small", Exit.BAD_INPUT, 422
    PHOTO_COLOUR = "photo_colour", Exit.BAD_INPUT, 415
    PHOTO_KIND = "photo_kind", Exit.BAD_INPUT, 415
    # faces
    NO_FACE = "no_face", Exit.BAD_INPUT, 422
    FACE_TURNED = "face_turned", Exit.BAD_INPUT, 422
    GLASSES_STAY = "glasses_stay", Exit.BAD_INPUT, 422
    GLASSES_CUT = "glasses_cut", Exit.BAD_INPUT, 422
    FACE_INDEX = "face_index", Exit.BAD_INPUT, 422
    FACE_ELSEWHERE = "face_elsewhere", Exit.BAD_INPUT, 422
    SOURCE_INDEX = "source_index", Exit.BAD_INPUT, 422
    SOURCES_TOO_MANY = "sources_too_many", Exit.BAD_INPUT, 413
    FACE_MAPPED_TWICE = "face_mapped_twice", Exit.BAD_INPUT, 422
    MAP_AND_CHOICE = "map_and_choice", Exit.BAD_INPUT, 422
    MAP_FACELESS = "map_faceless", Exit.BAD_INPUT, 422
    MAP_REFUSED = "map_refused", Exit.BAD_INPUT, 422
    FACE_BY_SIZE = "face_by_size", Exit.BAD_INPUT, 422
    PAIR_REFUSED = "pair_refused", Exit.BAD_INPUT, 422
    # what photos show, and who agreed
    CONSENT_MISSING = "consent_missing", Exit.BAD_INPUT, 422
    PHOTOS_REFUSED = "photos_refused", Exit.BAD_INPUT, 422
    CHECK_MISSING = "check_missing", Exit.FAILED, 503
    # settings and tokens
    SETTING_UNKNOWN = "setting_unknown", Exit.BAD_INPUT, 422
    SETTING_VALUE = "setting_value", Exit.BAD_INPUT, 422
    TOKEN_WEAK = "token_weak", Exit.BAD_INPUT, 500
    TOKENS_ALIKE = "tokens_alike", Exit.BAD_INPUT, 500
    SETTING_NOT_JSON = "setting_not_json", Exit.BAD_INPUT, 400
    SETTINGS_TOO_LARGE = "settings_too_large", Exit.BAD_INPUT, 413
    PRESET_NAME = "preset_name", Exit.BAD_INPUT, 422
    PRESET_TAKEN = "preset_taken", Exit.BAD_INPUT, 409
    PRESETS_TOO_MANY = "presets_too_many", Exit.BAD_INPUT, 413
    # files of weights
    WEIGHTS_MISSING = "weights_missing", Exit.FAILED, 503
    WEIGHTS_INVALID = "weights_invalid", Exit.FAILED, 503
    WEIGHTS_UNET_MISSING = "weights_unet_missing", Exit.FAILED, 503
    WEIGHTS_INCOMPLETE = "weights_incomplete", Exit.FAILED, 503
    WEIGHTS_INVALID_MODEL = "weights_invalid_model", Exit.FAILED, 503
    WEIGHTS_DAMAGED = "weights_damaged", Exit.FAILED, 503
    # the download of weights
    DOWNLOAD_OFFLINE = "download_offline", Exit.FAILED, 504
    DOWNLOAD_INTERRUPTED = "download_interrupted", Exit.FAILED, 502
    DOWNLOAD_REFUSED = "download_refused", Exit.FAILED, 502
    DOWNLOAD_NOT_FOUND = "download_not_found", Exit.FAILED, 502
    DOWNLOAD_SERVER = "download_server", Exit.FAILED, 502
    DOWNLOAD_DAMAGED = "download_damaged", Exit.FAILED, 502
    DOWNLOAD_NO_ROOM = "download_no_room", Exit.FAILED, 507
    DOWNLOAD_FULL = "download_full", Exit.FAILED, 507
    DOWNLOAD_UNWRITABLE = "download_unwritable", Exit.FAILED, 500
    DOWNLOAD_BUSY = "download_busy", Exit.FAILED, 409
    DOWNLOAD_DIED = "download_died", Exit.FAILED, 500
    PARSER_UNREACHED = "parser_unreached", Exit.FAILED, 502
    PARSER_DAMAGED = "parser_damaged", Exit.FAILED, 502
    # jobs and workers
    OUT_OF_MEMORY = "out_of_memory", Exit.FAILED, 503
    DEVICE_FAILED = "device_failed", Exit.FAILED, 503
    CARD_WITHOUT_CODE = "card_without_code", Exit.FAILED, 503
    FUSION_BLANK = "fusion_blank", Exit.FAILED, 500
    WORKER_DIED = "worker_died", Exit.FAILED, 500
    WORKER_START = "worker_start", Exit.FAILED, 503
    CLUSTER_MISSING = "cluster_missing", Exit.FAILED, 503
    CLUSTER_UNREACHED = "cluster_unreached", Exit.FAILED, 503
    NODE_LOST = "node_lost", Exit.FAILED, 503
    NODE_DISK = "node_disk", Exit.FAILED, 507
    NODE_WEIGHTS = "node_weights", Exit.FAILED, 503
    JOB_TIMEOUT = "job_timeout", Exit.FAILED, 504
    INTERRUPTED = "interrupted", Exit.FAILED, 503
    RESULT_GONE = "result_gone", Exit.FAILED, 410
    PHOTOS_GONE = "photos_gone", Exit.FAILED, 410
    JOB_UNKNOWN = "job_unknown", Exit.BAD_INPUT, 404
    JOB_UNREADABLE = "job_unreadable", Exit.FAILED, 500
    DESK_UNREADABLE = "desk_unreadable", Exit.FAILED, 500
    CANCELLED = "cancelled", Exit.FAILED, 409
    TRIAL_FAILED = "trial_failed", Exit.FAILED, 500
    # what is written, and files that are named
    OUTPUT_FORMAT = "output_format", Exit.BAD_INPUT, 422
    OUTPUT_OPAQUE = "output_opaque", Exit.BAD_INPUT, 422
    OUTPUT_UNWRITABLE = "output_unwritable", Exit.BAD_INPUT, 422
    OUTPUT_FAILED = "output_failed", Exit.FAILED, 500
    OUTPUT_IS_INPUT = "output_is_input", Exit.BAD_INPUT, 409
    OUTPUT_EXISTS = "output_exists", Exit.BAD_INPUT, 409
    OUTPUT_NAME_LONG = "output_name_long", Exit.BAD_INPUT, 422
    OUTPUT_PATH_LONG = "output_path_long", Exit.BAD_INPUT, 422
    OUTPUT_NAME = "output_name", Exit.BAD_INPUT, 422
    INPUT_MISSING = "input_missing", Exit.BAD_INPUT, 404
    INPUT_KIND = "input_kind", Exit.BAD_INPUT, 422
    # batches and their tables
    BATCH_EMPTY = "batch_empty", Exit.BAD_INPUT, 422
    BATCH_UNUSABLE = "batch_unusable", Exit.BAD_INPUT, 422
    BATCH_UNKNOWN = "batch_unknown", Exit.BAD_INPUT, 404
    BATCH_NO_RESULT = "batch_no_result", Exit.FAILED, 409
    PHOTOS_TOO_MANY = "photos_too_many", Exit.BAD_INPUT, 413
    PHOTOS_TOO_HEAVY = "photos_too_heavy", Exit.BAD_INPUT, 413
    PHOTO_TWICE = "photo_twice", Exit.BAD_INPUT, 409
    PHOTO_MISSING = "photo_missing", Exit.BAD_INPUT, 422
    PHOTO_AMBIGUOUS = "photo_ambiguous", Exit.BAD_INPUT, 422
    PAIRS_TOO_LARGE = "pairs_too_large", Exit.BAD_INPUT, 413
    PAIRS_UNREADABLE = "pairs_unreadable", Exit.BAD_INPUT, 400
    PAIRS_HEADER = "pairs_header", Exit.BAD_INPUT, 422
    PAIRS_COLUMN = "pairs_column", Exit.BAD_INPUT, 422
    PAIRS_TOO_MANY = "pairs_too_many", Exit.BAD_INPUT, 413
    PAIR_TWICE = "pair_twice", Exit.BAD_INPUT, 409
    PAIR_CELLS = "pair_cells", Exit.BAD_INPUT, 422
    PAIR_CELL_EMPTY = "pair_cell_empty", Exit.BAD_INPUT, 422
    # ZIPs with photos, and what is in them
    ZIP_UNREADABLE = "zip_unreadable", Exit.BAD_INPUT, 415
    ZIP_TOO_HEAVY = "zip_too_heavy", Exit.BAD_INPUT, 413
    ZIP_TOO_MANY = "zip_too_many", Exit.BAD_INPUT, 413
    ZIP_TWICE = "zip_twice", Exit.BAD_INPUT, 422
    ZIP_PATH = "zip_path", Exit.BAD_INPUT, 422
    ZIP_LINK = "zip_link", Exit.BAD_INPUT, 422
    ZIP_ENCRYPTED = "zip_encrypted", Exit.BAD_INPUT, 422
    ZIP_NESTED = "zip_nested", Exit.BAD_INPUT, 422
    ZIP_RATIO = "zip_ratio", Exit.BAD_INPUT, 413
    ZIP_MEMBER = "zip_member", Exit.BAD_INPUT, 422
    ZIP_LISTS = "zip_lists", Exit.BAD_INPUT, 422
    ZIP_FOLDER = "zip_folder", Exit.BAD_INPUT, 422
    ZIP_LAYOUT = "zip_layout", Exit.BAD_INPUT, 422
    ZIP_PARTNER = "zip_partner", Exit.BAD_INPUT, 422
    # signatures
    SIGN_HALF = "sign_half", Exit.BAD_INPUT, 500
    SIGN_MISSING = "sign_missing", Exit.BAD_INPUT, 503
    SIGN_FILE = "sign_file", Exit.BAD_INPUT, 500
    SIGN_KEY_OTHER = "sign_key_other", Exit.BAD_INPUT, 500
    SIGN_SELF = "sign_self", Exit.BAD_INPUT, 500
    SIGN_CHAIN = "sign_chain", Exit.BAD_INPUT, 500
    SIGN_DATES = "sign_dates", Exit.BAD_INPUT, 500
    SIGN_REFUSED = "sign_refused", Exit.BAD_INPUT, 500
    SIGN_FAILED = "sign_failed", Exit.FAILED, 500
    SIGN_TIME = "sign_time", Exit.FAILED, 504
    # what programs ask over HTTP
    REQUEST_UNREADABLE = "request_unreadable", Exit.BAD_INPUT, 400
    REQUEST_KIND = "request_kind", Exit.BAD_INPUT, 415
    REQUEST_TOO_HEAVY = "request_too_heavy", Exit.BAD_INPUT, 413
    REQUEST_FIELD = "request_field", Exit.BAD_INPUT, 422
    REQUEST_FIELD_UNKNOWN = "request_field_unknown", Exit.BAD_INPUT, 422
    REQUEST_ADDRESS = "request_address", Exit.BAD_INPUT, 422
    REQUEST_ADDRESS_REFUSED = "request_address_refused", Exit.BAD_INPUT, 422
    REQUEST_ADDRESS_UNREACHED = "request_address_unreached", Exit.BAD_INPUT, 422
    TOO_BUSY = "too_busy", Exit.FAILED, 429
    KEY_REUSED = "key_reused", Exit.BAD_INPUT, 409
    NOT_DONE = "not_done", Exit.FAILED, 409
    NOTHING_FITS = "nothing_fits", Exit.FAILED, 507
    TOKEN_WANTED = "token_wanted", Exit.FAILED, 401
    VISITOR_UNKNOWN = "visitor_unknown", Exit.FAILED, 403
    SITE_FOREIGN = "site_foreign", Exit.FAILED, 403
    NAME_FOREIGN = "name_foreign", Exit.FAILED, 421
    ADDRESS_UNKNOWN = "address_unknown", Exit.BAD_INPUT, 404
    METHOD_UNKNOWN = "method_unknown", Exit.BAD_INPUT, 405
    # the data folder, and everything else
    LEDGER_UNUSABLE = "ledger_unusable", Exit.FAILED, 503
    DATA_UNUSABLE = "data_unusable", Exit.FAILED, 503
    DISK_FULL = "disk_full", Exit.FAILED, 507
    FILES_STUCK = "files_stuck", Exit.FAILED, 500
    INTERNAL = "internal", Exit.FAILED, 500
    ADMINISTRATOR_ONLY = "administrator_only", Exit.FAILED, 403
    UNKNOWN = "unknown", Exit.FAILED, 500  # stored by a version that had other reasons


_BY_NAME = {str(reason): reason for reason in Reason}
