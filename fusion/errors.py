"""The error tree: whatever goes wrong for a reason a person can act on is a `FusionError`.

Standard library only. An error carries a stable `reason` (the key by which pages translate it), the
numbers that its sentence needs, the sentence in English, a remedy: what to do about it, and the code with which a
command ends that it stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from fusion.plain_text import printable

Detail = str | int | float
Known = TypeVar("Known", bound=BaseException)


class Exit(IntEnum):
    """How a command ends. A script tells by it whether the same command can be worth another try."""

    DONE = 0
    FAILED = 1  # the machine, the network, the disk, the weights, the state of a job: the same command may do later
    BAD_INPUT = 2  # what was given: photos, names, places, settings; the same command ends so again
    STOPPED = 130  # what shells give for Ctrl-C


class Sentence(NamedTuple):
    """What is told of a reason: what happened, what to do, and how a command ends."""

    message: str
    remedy: str
    exit: Exit


# By reason. The Chinese of each lives in pages/parts/words/zh.json under the same reason.
SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        # photos
        "photo_empty": Sentence(
            "The file is empty.", "Choose the photo again; if it stays empty, export it once more.", Exit.BAD_INPUT
        ),
        "photo_unreadable": Sentence(
            "This is not a photo that can be read.",
            "Use a JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP file.",
            Exit.BAD_INPUT,
        ),
        "photo_format": Sentence(
            "{format} files are not accepted.",
            "Save the photo as JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP and choose it again.",
            Exit.BAD_INPUT,
        ),
        "photo_truncated": Sentence(
            "The file is damaged or cut short.",
            "Copy or download it again from where it came; part of it is missing.",
            Exit.BAD_INPUT,
        ),
        "photo_too_heavy": Sentence(
            "The file is {megabytes:.1f} MB; the limit is {limit_megabytes:g} MB.",
            "Save it as JPEG at quality 90, or raise FUSEWISE_MAX_UPLOAD_MB.",
            Exit.BAD_INPUT,
        ),
        "photo_too_large": Sentence(
            "The photo is {width}×{height} ({megapixels:.1f} megapixels); the limit is {limit_megapixels:g}.",
            "Scale it down first: more pixels than that do not make the face better.",
            Exit.BAD_INPUT,
        ),
        "photo_bomb": Sentence(
            "The file claims more than {megapixels:.0f} megapixels; the limit is {limit_megapixels:g}.",
            "Scale it down first: more pixels than that do not make the face better.",
            Exit.BAD_INPUT,
        ),
        "photo_too_deep": Sentence(
            "The photo unpacks to {megabytes:.0f} MB; the limit is {limit_megabytes:g} MB.",
            "Save it with 8 bits per channel and without transparency, or scale it down first.",
            Exit.BAD_INPUT,
        ),
        "photo_too_small": Sentence(
            "The photo is {width}×{height} pixels; each side must be at least {limit}.",
            "Use a larger original rather than an enlarged copy.",
            Exit.BAD_INPUT,
        ),
        "photo_colour": Sentence(
            "The colours of this photo are in a form that cannot be converted ({mode}).",
            "Save it as an RGB JPEG or PNG and choose it again.",
            Exit.BAD_INPUT,
        ),
        # faces
        "no_face": Sentence(
            "No face was found in the {role} photo.",
            "Use a photo in which the face is at least 40 pixels wide, lit and uncovered.",
            Exit.BAD_INPUT,
        ),
        "face_turned": Sentence(
            "There is a face in the {role} photo, but it is turned away or covered.",
            "Use a photo in which both eyes, the nose and the mouth can be seen.",
            Exit.BAD_INPUT,
        ),
        "face_index": Sentence(
            "Face {index} was asked for, but the {role} photo has {count}.",
            "Choose one of the faces marked on the photo, counting from 0, from left to right.",
            Exit.BAD_INPUT,
        ),
        "face_elsewhere": Sentence(
            "No face of the {role} photo is where the chosen one is said to be, around {x:.0f}, {y:.0f} px.",
            "Choose the face again, or take the photo in which it was chosen.",
            Exit.BAD_INPUT,
        ),
        "face_by_size": Sentence(
            "A face of the {role} photo was chosen by its rank in size, and another one is about as large.",
            "Choose the face again.",
            Exit.BAD_INPUT,
        ),
        # settings
        "setting_unknown": Sentence(
            "There is no setting called {key}.", "Remove it, or correct its name: {known}.", Exit.BAD_INPUT
        ),
        "setting_value": Sentence(
            "{key} is {value}; it must be {allowed}.", "Change {key} to {allowed}.", Exit.BAD_INPUT
        ),
        "token_weak": Sentence(
            "{key} cannot be used: a token has 16 to 256 letters, digits and signs, and no blanks.",
            'Set a longer one, as from `python -c "import secrets; print(secrets.token_urlsafe(32))"`, or unset {key}.',
            Exit.BAD_INPUT,
        ),
        "tokens_alike": Sentence(
            "FUSEWISE_TOKEN and FUSEWISE_GUEST_TOKEN are the same.",
            "Set two different ones: the first makes its holder the administrator.",
            Exit.BAD_INPUT,
        ),
        "administrator_only": Sentence(
            "Only the administrator may do that.",
            "Open the administrator's link, which Fusewise prints in its terminal as it starts.",
            Exit.FAILED,
        ),
        "setting_not_json": Sentence(
            "The settings are not valid JSON.",
            "Import a recipe or a settings file saved by Fusewise.",
            Exit.BAD_INPUT,
        ),
        "settings_too_large": Sentence(
            "The settings file is {megabytes:.1f} MB; the limit is {limit_megabytes:g} MB.",
            "Check that it is the right file: a recipe or a settings file has some kilobytes.",
            Exit.BAD_INPUT,
        ),
        # weights
        "weights_missing": Sentence(
            "The file {file} is not on this machine.",
            "Download it from {address} and name it in {variable}.",
            Exit.FAILED,
        ),
        "weights_invalid": Sentence(
            "The file {file} is not the one expected (sha256 {found}).",
            "Delete it and install it again; expected is {expected}.",
            Exit.FAILED,
        ),
        "weights_unet_missing": Sentence(
            "The unet engine needs weights that are not on this machine ({file}).",
            "Download them on the Fuse page or with `python -m fusion weights download`, or copy the model's folder "
            "from {address} and name it in FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "weights_incomplete": Sentence(
            "The file {file} is not complete.",
            "Download the weights again: only what is not whole is fetched.",
            Exit.FAILED,
        ),
        "weights_invalid_model": Sentence(
            "The file {file} does not hold the model that is expected: {why}.",
            "Run `python -m fusion weights verify`; delete a file that is damaged and download it again.",
            Exit.FAILED,
        ),
        "weights_damaged": Sentence(
            "The file {file} is damaged: it is not what the ModelScope hub stated.",
            "Download the weights again: only this file is fetched once more.",
            Exit.FAILED,
        ),
        # the download of weights
        "download_offline": Sentence(
            "The ModelScope hub cannot be reached ({why}).",
            "Check the connection and try again. Without network: download the folder from {address} on another "
            "machine, copy it here and name it in FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "download_interrupted": Sentence(
            "The connection broke off during {file} ({why}).",
            "Try again: it goes on from where it stopped. If it keeps breaking off, download the folder from {address} "
            "elsewhere, copy it here and name it in FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "download_refused": Sentence(
            "The ModelScope hub refused the download (HTTP {status}).",
            "Open {address} in a browser: it may ask for a login. Give your token in MODELSCOPE_API_TOKEN, or name a "
            "copy of the folder in FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "download_not_found": Sentence(
            "The ModelScope hub does not have {file}.",
            "Open {address} in a browser: the model may have moved. A copy of its folder can be named in "
            "FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "download_server": Sentence(
            "The ModelScope hub did not answer as it should ({why}).",
            "Try again later: what has been downloaded is kept. Its state can be seen at {address}.",
            Exit.FAILED,
        ),
        "download_damaged": Sentence(
            "The file {file} arrived damaged, several times.",
            "Try again later: the other files are kept. If it stays, the copy at {address} is damaged.",
            Exit.FAILED,
        ),
        "download_no_room": Sentence(
            "There is not enough room in {folder}: {needed:.1f} GB are needed, {free:.1f} GB are free.",
            "Make room, or name a folder on another disk in FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "download_full": Sentence(
            "The disk became full while {folder} was written.",
            "Make room and try again: it goes on from where it stopped.",
            Exit.FAILED,
        ),
        "download_unwritable": Sentence(
            "The folder {folder} cannot be written ({why}).",
            "Make it writable, or name another folder in FUSEWISE_WEIGHTS.",
            Exit.FAILED,
        ),
        "download_busy": Sentence(
            "These weights are being downloaded by another process.",
            "Wait until it is done, or stop it.",
            Exit.FAILED,
        ),
        "download_died": Sentence(
            "The process that downloads stopped unexpectedly (exit code {code}).",
            "Try again: it goes on from where it stopped.",
            Exit.FAILED,
        ),
        # running
        "out_of_memory": Sentence(
            "There was not enough memory on {device}.",
            "Choose a smaller output, or close what else uses the memory.",
            Exit.FAILED,
        ),
        "device_failed": Sentence(
            "The graphics card {device} failed ({why}).",
            "The process that computes starts again by itself. If it happens again, restart the computer or update the "
            "card's driver; the GPU page shows the card's state.",
            Exit.FAILED,
        ),
        "fusion_blank": Sentence(
            "The fused face came out blank.",
            "Restart the worker on the GPU page and try again; if it stays, choose float32 as the precision.",
            Exit.FAILED,
        ),
        "worker_died": Sentence(
            "The processes that computed it stopped unexpectedly (exit code {code}).",
            "Three in a row did so over this job; other jobs go on. Choose a smaller output and try again.",
            Exit.FAILED,
        ),
        "worker_start": Sentence(
            "The process that computes could not start.",
            "Run `make setup` again; the reason is in the terminal: {why}",
            Exit.FAILED,
        ),
        "job_timeout": Sentence(
            "The job took longer than {seconds:.0f} s.", "Choose a smaller output and try again.", Exit.FAILED
        ),
        "interrupted": Sentence(
            "Fusewise was stopped while this job ran.",
            "Its photos and settings are kept: press Retry to run it again.",
            Exit.FAILED,
        ),
        "result_gone": Sentence(
            "The result's file is gone or damaged ({file}).",
            "Fuse the photos again.",
            Exit.FAILED,
        ),
        "photos_gone": Sentence(
            "The photos of this job are no longer there ({why}).",
            "Choose them again on the Fuse page: the settings are in the recipe.",
            Exit.FAILED,
        ),
        "job_unknown": Sentence("There is no job {id}.", "Press Fuse to start a new one.", Exit.BAD_INPUT),
        "job_unreadable": Sentence(
            "What was kept of this job cannot be understood ({why}).",
            "Delete the job, and fuse its photos again.",
            Exit.FAILED,
        ),
        "cancelled": Sentence("The job was cancelled.", "Press Fuse to start it again.", Exit.FAILED),
        "output_format": Sentence(
            "{suffix} is not a format that results are written in.",
            "End the output name in .png, .jpg or .webp.",
            Exit.BAD_INPUT,
        ),
        "output_unwritable": Sentence(
            "The result could not be written: {why}.",
            "Choose a folder that exists and can be written.",
            Exit.BAD_INPUT,
        ),
        "output_failed": Sentence(
            "The result could not be written: {why}.",
            "See whether the disk is full or failing, or choose a folder on another one.",
            Exit.FAILED,
        ),
        "output_is_input": Sentence(
            "{path} is one of the files that were given; no result is written over them.",
            "Choose another name for the result.",
            Exit.BAD_INPUT,
        ),
        "output_exists": Sentence(
            "There is already a file {path}.",
            "Choose another name for the result, or replace the file with --overwrite.",
            Exit.BAD_INPUT,
        ),
        "output_name_long": Sentence(
            "The name of the result is too long: it has {bytes} bytes, and the limit here is {limit}.",
            "Choose a shorter name; a Chinese character counts as three bytes.",
            Exit.BAD_INPUT,
        ),
        "output_path_long": Sentence(
            "The path of the result is too long.",
            "Choose a folder that is less deep, or run the command in it.",
            Exit.BAD_INPUT,
        ),
        "output_name": Sentence(
            "No file can be called {name} here.",
            "Choose another name for the result.",
            Exit.BAD_INPUT,
        ),
        "input_missing": Sentence(
            "The file {path} could not be read: {why}.", "Check the name and that it may be read.", Exit.BAD_INPUT
        ),
        "input_kind": Sentence(
            "The file {path} could not be read: it is {what}.",
            "Name an ordinary file; save what comes through a pipe or a device first.",
            Exit.BAD_INPUT,
        ),
        # batches
        "batch_empty": Sentence(
            "A batch needs at least one target and one source photo.",
            "Give one photo for one side, and one or more for the other.",
            Exit.BAD_INPUT,
        ),
        "batch_unusable": Sentence(
            "Nothing of what was given can be used ({count} refused).",
            "The reason of each is listed; mend those and give them again.",
            Exit.BAD_INPUT,
        ),
        "batch_unknown": Sentence(
            "There is no batch {id}.", "`python -m fusion jobs list` shows what there is.", Exit.BAD_INPUT
        ),
        "batch_no_result": Sentence(
            "There is no result to pack yet.", "Wait until a job is done, or retry those that failed.", Exit.FAILED
        ),
        "photos_too_many": Sentence(
            "{count} are too many for one batch; the limit is {limit}.",
            "Split them into several batches.",
            Exit.BAD_INPUT,
        ),
        "photos_too_heavy": Sentence(
            "The photos come to {gigabytes:.1f} GB together; the limit is {limit_gigabytes:g} GB.",
            "Split them into several batches, or save them as JPEG.",
            Exit.BAD_INPUT,
        ),
        "photo_twice": Sentence("It is the same photo as {name}.", "Nothing to do: it is taken once.", Exit.BAD_INPUT),
        "photo_missing": Sentence(
            "There is no photo called {name}.", "Add it, or correct its name in the table.", Exit.BAD_INPUT
        ),
        "photo_ambiguous": Sentence(
            "{count} photos are called {name}.",
            "Write the folder too, as in targets/{name}, or rename them.",
            Exit.BAD_INPUT,
        ),
        "pairs_too_large": Sentence(
            "The table is {megabytes:.1f} MB; the limit is {limit_megabytes:g} MB.",
            "A table of pairs holds names and settings alone: check that it is the right file.",
            Exit.BAD_INPUT,
        ),
        "pairs_unreadable": Sentence(
            "The table of pairs cannot be read.", "Save it as CSV in UTF-8 and give it again.", Exit.BAD_INPUT
        ),
        "pairs_header": Sentence(
            "The first row must name the columns target and source; it says: {found}.",
            "Add a first row such as: target,source,output",
            Exit.BAD_INPUT,
        ),
        "pairs_column": Sentence(
            "There is no setting called {name}.", "Remove that column, or correct its name: {known}.", Exit.BAD_INPUT
        ),
        "pairs_too_many": Sentence(
            "The table has more than {limit} pairs; this row and what follows is left out.",
            "Split it into several batches.",
            Exit.BAD_INPUT,
        ),
        "pair_twice": Sentence("It says the same as row {row}.", "Nothing to do: it is taken once.", Exit.BAD_INPUT),
        "pair_cells": Sentence(
            "The row has {count} cells where the first row has {columns}.",
            "Put names that hold a comma in quotation marks.",
            Exit.BAD_INPUT,
        ),
        "pair_cell_empty": Sentence(
            "The {role} is not named.", "Write the name of its file into the row.", Exit.BAD_INPUT
        ),
        "zip_unreadable": Sentence(
            "This is not a ZIP that can be read.",
            "Pack the photos anew as an ordinary ZIP, without a password.",
            Exit.BAD_INPUT,
        ),
        "zip_too_heavy": Sentence(
            "The ZIP is {megabytes:.0f} MB; the limit is {limit_megabytes:g} MB.",
            "Pack fewer photos into each of several ZIPs.",
            Exit.BAD_INPUT,
        ),
        "zip_too_many": Sentence(
            "The ZIP has more than {limit} entries.", "Pack fewer photos into each of several ZIPs.", Exit.BAD_INPUT
        ),
        "zip_twice": Sentence(
            "The ZIP has this name twice.",
            "Pack it anew; of two members with one name only the first is used.",
            Exit.BAD_INPUT,
        ),
        "zip_path": Sentence(
            "Its name leads out of the ZIP.", "Pack the photos anew from their own folder.", Exit.BAD_INPUT
        ),
        "zip_link": Sentence("It is a link, not a photo.", "Pack the photo itself.", Exit.BAD_INPUT),
        "zip_encrypted": Sentence(
            "It is protected by a password.", "Pack the photos anew without a password.", Exit.BAD_INPUT
        ),
        "zip_nested": Sentence(
            "It is an archive inside the ZIP.", "Unpack it first and pack the photos themselves.", Exit.BAD_INPUT
        ),
        "zip_ratio": Sentence(
            "It claims to unpack to {ratio:.0f} times its size; the limit is {limit:.0f}.",
            "Save the picture as PNG or JPEG, and pack that.",
            Exit.BAD_INPUT,
        ),
        "zip_member": Sentence(
            "It is damaged, or packed in a way that is not known.", "Pack it anew as an ordinary ZIP.", Exit.BAD_INPUT
        ),
        "zip_lists": Sentence("The ZIP has more than one table: {names}.", "Leave one CSV in it.", Exit.BAD_INPUT),
        "zip_folder": Sentence(
            "It lies neither in the folder targets nor in sources.",
            "Move it into one of them, or add a table pairs.csv.",
            Exit.BAD_INPUT,
        ),
        "zip_layout": Sentence(
            "The ZIP does not say what belongs together.",
            "Put the photos into two folders, targets and sources, or add a table pairs.csv with the "
            "columns target,source.",
            Exit.BAD_INPUT,
        ),
        "zip_partner": Sentence(
            "The other folder has no photo of that name.",
            "Name both photos of a pair alike, or add a table pairs.csv.",
            Exit.BAD_INPUT,
        ),
        "ledger_unusable": Sentence(
            "The database {path} cannot be used: {why}.",
            "Make room if its disk is full. If the file is damaged, stop Fusewise, move it away and start again: the "
            "history and the measurements begin anew, results stay where they are.",
            Exit.FAILED,
        ),
        "data_unusable": Sentence(
            "The data folder {folder} cannot be used: {why}.",
            "See that it is a folder in which you may write, or name another one in FUSEWISE_DATA.",
            Exit.FAILED,
        ),
        "disk_full": Sentence(
            "The disk of {folder} is full ({why}).",
            "Make room there, or delete results on the History page or with `python -m fusion jobs purge`. Jobs that "
            "wait go on by themselves once there is room.",
            Exit.FAILED,
        ),
        "files_stuck": Sentence(
            "{count} files that are no longer wanted could not be removed from {folder}: {why}.",
            "Close what has them open, and see that the folder can be written. It is tried again every ten minutes.",
            Exit.FAILED,
        ),
        "trial_failed": Sentence(
            "A trial fusion failed: {why}.",
            "Try again when the machine has less to do; what was measured before it is kept.",
            Exit.FAILED,
        ),
        "internal": Sentence(
            "Something failed inside Fusewise: {why}.", "Try again; if it stays, report it with this text.", Exit.FAILED
        ),
    }
)


class FusionError(Exception):
    """A failure with a remedy.

    Args:
        reason: a key of `SENTENCES`.
        details: the values that the sentence names; texts are kept printable, since many are names of files.
    """

    def __init__(self, reason: str, **details: Detail) -> None:
        details = {name: printable(value) if isinstance(value, str) else value for name, value in details.items()}
        self.reason = reason
        self.details: dict[str, Detail] = details
        message, remedy, self.exit = SENTENCES[reason]
        self.message = message.format(**details)
        self.remedy = remedy.format(**details)
        super().__init__(self.message)

    def to_json(self) -> dict[str, object]:
        """The error as it crosses from the worker to the pages."""
        return {"kind": type(self).__name__, "reason": self.reason, "details": self.details}


class PhotoRejected(FusionError):
    """The bytes are not a photo that can be used."""


class NoFace(FusionError):
    """No usable face where one is needed."""


class SettingsInvalid(FusionError):
    """A setting is unknown or out of range."""


class WeightsMissing(FusionError):
    """A model file is not there."""


class WeightsInvalid(FusionError):
    """A model file is there, but is not what it should be."""


class DownloadFailed(FusionError):
    """The weights could not be fetched; what has been fetched is kept."""


class OutOfMemory(FusionError):
    """The device or the host ran out of memory."""


class WorkerDied(FusionError):
    """The worker process ended, or never began."""


class JobTimeout(FusionError):
    """The job took longer than it may."""


class Cancelled(FusionError):
    """Somebody pressed cancel."""

    def __init__(self, reason: str = "cancelled", **details: Detail) -> None:
        super().__init__(reason, **details)


class NotAllowed(FusionError):
    """Somebody else than the administrator asked for what is the administrator's."""


class OutputRejected(FusionError):
    """The result cannot be written where or how it was asked for."""


class BatchRejected(FusionError):
    """What was given for a batch, or one thing of it, cannot be used."""


KINDS: Mapping[str, type[FusionError]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            FusionError,
            PhotoRejected,
            NoFace,
            SettingsInvalid,
            WeightsMissing,
            WeightsInvalid,
            DownloadFailed,
            OutOfMemory,
            WorkerDied,
            JobTimeout,
            Cancelled,
            NotAllowed,
            OutputRejected,
            BatchRejected,
        )
    }
)


def frameless(error: Known) -> Known:
    """An error that outlives whatever it broke off, in a view, a session or a list: without its frames.

    They would keep all that those functions held, and the functions that called them: photos, above all. Whoever
    wants its traceback in a log writes it there first.
    """
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error


def from_json(data: Mapping[str, object]) -> FusionError:
    """The error that `FusionError.to_json` described."""
    details = data.get("details")
    assert isinstance(details, dict)
    return KINDS[str(data["kind"])](str(data["reason"]), **details)
