"""The error tree: whatever goes wrong for a reason a person can act on is a `FusionError`.

Standard library only. An error carries a stable `reason` (the key by which pages translate it), the
numbers that its sentence needs, the sentence in English, and a remedy: what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Detail = str | int | float

# reason -> (what happened, what to do). The Chinese of each lives in pages/parts/words/zh.json under the same reason.
SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # photos
        "photo_empty": ("The file is empty.", "Choose the photo again; if it stays empty, export it once more."),
        "photo_unreadable": (
            "This is not a photo that can be read.",
            "Use a JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP file.",
        ),
        "photo_format": (
            "{format} files are not accepted.",
            "Save the photo as JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP and choose it again.",
        ),
        "photo_truncated": (
            "The file is damaged or cut short.",
            "Copy or download it again from where it came; part of it is missing.",
        ),
        "photo_too_heavy": (
            "The file is {megabytes:.1f} MB; the limit is {limit_megabytes:g} MB.",
            "Save it as JPEG at quality 90, or raise FUSEWISE_MAX_UPLOAD_MB.",
        ),
        "photo_too_large": (
            "The photo is {width}×{height} ({megapixels:.1f} megapixels); the limit is {limit_megapixels:g}.",
            "Scale it down first: more pixels than that do not make the face better.",
        ),
        "photo_bomb": (
            "The file claims more than {megapixels:.0f} megapixels; the limit is {limit_megapixels:g}.",
            "Scale it down first: more pixels than that do not make the face better.",
        ),
        "photo_too_deep": (
            "The photo unpacks to {megabytes:.0f} MB; the limit is {limit_megabytes:g} MB.",
            "Save it with 8 bits per channel and without transparency, or scale it down first.",
        ),
        "photo_too_small": (
            "The photo is {width}×{height} pixels; each side must be at least {limit}.",
            "Use a larger original rather than an enlarged copy.",
        ),
        "photo_colour": (
            "The colours of this photo are in a form that cannot be converted ({mode}).",
            "Save it as an RGB JPEG or PNG and choose it again.",
        ),
        # faces
        "no_face": (
            "No face was found in the {role} photo.",
            "Use a photo in which the face is at least 40 pixels wide, lit and uncovered.",
        ),
        "face_turned": (
            "There is a face in the {role} photo, but it is turned away or covered.",
            "Use a photo in which both eyes, the nose and the mouth can be seen.",
        ),
        "face_index": (
            "Face {index} was asked for, but the {role} photo has {count}.",
            "Choose one of the faces marked on the photo, counting from 0.",
        ),
        # settings
        "setting_unknown": ("There is no setting called {key}.", "Remove it, or correct its name: {known}."),
        "setting_value": ("{key} is {value}; it must be {allowed}.", "Change {key} to {allowed}."),
        "setting_not_json": (
            "The settings are not valid JSON.",
            "Import a recipe or a settings file saved by Fusewise.",
        ),
        "settings_too_large": (
            "The settings file is {megabytes:.1f} MB; the limit is {limit_megabytes:g} MB.",
            "Check that it is the right file: a recipe or a settings file has some kilobytes.",
        ),
        # weights
        "weights_missing": (
            "The file {file} is not on this machine.",
            "Download it from {address} and name it in {variable}.",
        ),
        "weights_invalid": (
            "The file {file} is not the one expected (sha256 {found}).",
            "Delete it and install it again; expected is {expected}.",
        ),
        "weights_unet_missing": (
            "The unet engine needs weights that are not on this machine ({file}).",
            "Download them on the Fuse page or with `python -m fusion weights download`, or copy the model's folder "
            "from {address} and name it in FUSEWISE_WEIGHTS.",
        ),
        "weights_incomplete": (
            "The file {file} is not complete.",
            "Download the weights again: only what is not whole is fetched.",
        ),
        "weights_invalid_model": (
            "The file {file} does not hold the model that is expected: {why}.",
            "Run `python -m fusion weights verify`; delete a file that is damaged and download it again.",
        ),
        "weights_damaged": (
            "The file {file} is damaged: it is not what the ModelScope hub stated.",
            "Download the weights again: only this file is fetched once more.",
        ),
        # the download of weights
        "download_offline": (
            "The ModelScope hub cannot be reached ({why}).",
            "Check the connection and try again. Without network: download the folder from {address} on another "
            "machine, copy it here and name it in FUSEWISE_WEIGHTS.",
        ),
        "download_interrupted": (
            "The connection broke off during {file} ({why}).",
            "Try again: it goes on from where it stopped. If it keeps breaking off, download the folder from {address} "
            "elsewhere, copy it here and name it in FUSEWISE_WEIGHTS.",
        ),
        "download_refused": (
            "The ModelScope hub refused the download (HTTP {status}).",
            "Open {address} in a browser: it may ask for a login. Give your token in MODELSCOPE_API_TOKEN, or name a "
            "copy of the folder in FUSEWISE_WEIGHTS.",
        ),
        "download_not_found": (
            "The ModelScope hub does not have {file}.",
            "Open {address} in a browser: the model may have moved. A copy of its folder can be named in "
            "FUSEWISE_WEIGHTS.",
        ),
        "download_server": (
            "The ModelScope hub did not answer as it should ({why}).",
            "Try again later: what has been downloaded is kept. Its state can be seen at {address}.",
        ),
        "download_damaged": (
            "The file {file} arrived damaged, several times.",
            "Try again later: the other files are kept. If it stays, the copy at {address} is damaged.",
        ),
        "download_no_room": (
            "There is not enough room in {folder}: {needed:.1f} GB are needed, {free:.1f} GB are free.",
            "Make room, or name a folder on another disk in FUSEWISE_WEIGHTS.",
        ),
        "download_full": (
            "The disk became full while {folder} was written.",
            "Make room and try again: it goes on from where it stopped.",
        ),
        "download_unwritable": (
            "The folder {folder} cannot be written ({why}).",
            "Make it writable, or name another folder in FUSEWISE_WEIGHTS.",
        ),
        "download_busy": (
            "These weights are being downloaded by another process.",
            "Wait until it is done, or stop it.",
        ),
        "download_died": (
            "The process that downloads stopped unexpectedly (exit code {code}).",
            "Try again: it goes on from where it stopped.",
        ),
        # running
        "out_of_memory": (
            "There was not enough memory on {device}.",
            "Choose a smaller output, or close what else uses the memory.",
        ),
        "device_failed": (
            "The graphics card {device} failed ({why}).",
            "The process that computes starts again by itself. If it happens again, restart the computer or update the "
            "card's driver; the GPU page shows the card's state.",
        ),
        "fusion_blank": (
            "The fused face came out blank.",
            "Restart the worker on the GPU page and try again; if it stays, choose float32 as the precision.",
        ),
        "worker_died": (
            "The processes that computed it stopped unexpectedly (exit code {code}).",
            "Three in a row did so over this job; other jobs go on. Choose a smaller output and try again.",
        ),
        "worker_start": (
            "The process that computes could not start.",
            "Run `make setup` again; the reason is in the terminal: {why}",
        ),
        "job_timeout": ("The job took longer than {seconds:.0f} s.", "Choose a smaller output and try again."),
        "interrupted": (
            "Fusewise was stopped while this job ran.",
            "Its photos and settings are kept: press Retry to run it again.",
        ),
        "result_gone": (
            "The result's file is gone or damaged ({file}).",
            "Fuse the photos again.",
        ),
        "photos_gone": (
            "The photos of this job are no longer there ({why}).",
            "Choose them again on the Fuse page: the settings are in the recipe.",
        ),
        "job_unknown": ("There is no job {id}.", "Press Fuse to start a new one."),
        "cancelled": ("The job was cancelled.", "Press Fuse to start it again."),
        "output_format": (
            "{suffix} is not a format that results are written in.",
            "End the output name in .png, .jpg or .webp.",
        ),
        "output_unwritable": (
            "The result could not be written: {why}.",
            "Choose a folder that exists and can be written.",
        ),
        "input_missing": ("The file {path} could not be read: {why}.", "Check the name and that it may be read."),
        "input_kind": (
            "The file {path} could not be read: it is {what}.",
            "Name an ordinary file; save what comes through a pipe or a device first.",
        ),
        # batches
        "batch_empty": (
            "A batch needs at least one target and one source photo.",
            "Give one photo for one side, and one or more for the other.",
        ),
        "batch_unusable": (
            "Nothing of what was given can be used ({count} refused).",
            "The reason of each is listed; mend those and give them again.",
        ),
        "batch_unknown": ("There is no batch {id}.", "`python -m fusion jobs list` shows what there is."),
        "batch_no_result": ("There is no result to pack yet.", "Wait until a job is done, or retry those that failed."),
        "photos_too_many": (
            "{count} are too many for one batch; the limit is {limit}.",
            "Split them into several batches.",
        ),
        "photos_too_heavy": (
            "The photos come to {gigabytes:.1f} GB together; the limit is {limit_gigabytes:g} GB.",
            "Split them into several batches, or save them as JPEG.",
        ),
        "photo_twice": ("It is the same photo as {name}.", "Nothing to do: it is taken once."),
        "photo_missing": ("There is no photo called {name}.", "Add it, or correct its name in the table."),
        "photo_ambiguous": (
            "{count} photos are called {name}.",
            "Write the folder too, as in targets/{name}, or rename them.",
        ),
        "pairs_too_large": (
            "The table is {megabytes:.1f} MB; the limit is {limit_megabytes:g} MB.",
            "A table of pairs holds names and settings alone: check that it is the right file.",
        ),
        "pairs_unreadable": ("The table of pairs cannot be read.", "Save it as CSV in UTF-8 and give it again."),
        "pairs_header": (
            "The first row must name the columns target and source; it says: {found}.",
            "Add a first row such as: target,source,output",
        ),
        "pairs_column": ("There is no setting called {name}.", "Remove that column, or correct its name: {known}."),
        "pairs_too_many": (
            "The table has more than {limit} pairs; this row and what follows is left out.",
            "Split it into several batches.",
        ),
        "pair_twice": ("It says the same as row {row}.", "Nothing to do: it is taken once."),
        "pair_cells": (
            "The row has {count} cells where the first row has {columns}.",
            "Put names that hold a comma in quotation marks.",
        ),
        "pair_cell_empty": ("The {role} is not named.", "Write the name of its file into the row."),
        "zip_unreadable": (
            "This is not a ZIP that can be read.",
            "Pack the photos anew as an ordinary ZIP, without a password.",
        ),
        "zip_too_heavy": (
            "The ZIP is {megabytes:.0f} MB; the limit is {limit_megabytes:g} MB.",
            "Pack fewer photos into each of several ZIPs.",
        ),
        "zip_too_many": ("The ZIP has more than {limit} entries.", "Pack fewer photos into each of several ZIPs."),
        "zip_twice": (
            "The ZIP has this name twice.",
            "Pack it anew; of two members with one name only the first is used.",
        ),
        "zip_path": ("Its name leads out of the ZIP.", "Pack the photos anew from their own folder."),
        "zip_link": ("It is a link, not a photo.", "Pack the photo itself."),
        "zip_encrypted": ("It is protected by a password.", "Pack the photos anew without a password."),
        "zip_nested": ("It is an archive inside the ZIP.", "Unpack it first and pack the photos themselves."),
        "zip_ratio": (
            "It claims to unpack to {ratio:.0f} times its size; the limit is {limit:.0f}.",
            "Save the picture as PNG or JPEG, and pack that.",
        ),
        "zip_member": ("It is damaged, or packed in a way that is not known.", "Pack it anew as an ordinary ZIP."),
        "zip_lists": ("The ZIP has more than one table: {names}.", "Leave one CSV in it."),
        "zip_folder": (
            "It lies neither in the folder targets nor in sources.",
            "Move it into one of them, or add a table pairs.csv.",
        ),
        "zip_layout": (
            "The ZIP does not say what belongs together.",
            "Put the photos into two folders, targets and sources, or add a table pairs.csv with the "
            "columns target,source.",
        ),
        "zip_partner": (
            "The other folder has no photo of that name.",
            "Name both photos of a pair alike, or add a table pairs.csv.",
        ),
        "ledger_unusable": (
            "The database {path} cannot be used: {why}.",
            "Make room if its disk is full. If the file is damaged, stop Fusewise, move it away and start again: the "
            "history and the measurements begin anew, results stay where they are.",
        ),
        "trial_failed": (
            "A trial fusion failed: {why}.",
            "Try again when the machine has less to do; what was measured before it is kept.",
        ),
        "internal": ("Something failed inside Fusewise: {why}.", "Try again; if it stays, report it with this text."),
    }
)


def _printable(detail: Detail) -> Detail:
    """Half characters, as JSON and names of files may hold, can be neither shown, written nor sent: escaped."""
    return detail.encode("utf-8", "backslashreplace").decode() if isinstance(detail, str) else detail


class FusionError(Exception):
    """A failure with a remedy.

    Args:
        reason: a key of `SENTENCES`.
        details: the values that the sentence names.
    """

    def __init__(self, reason: str, **details: Detail) -> None:
        self.reason = reason
        self.details: dict[str, Detail] = {name: _printable(detail) for name, detail in details.items()}
        message, remedy = SENTENCES[reason]
        self.message = message.format(**self.details)
        self.remedy = remedy.format(**self.details)
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
            OutputRejected,
            BatchRejected,
        )
    }
)


def from_json(data: Mapping[str, object]) -> FusionError:
    """The error that `FusionError.to_json` described."""
    details = data.get("details")
    assert isinstance(details, dict)
    return KINDS[str(data["kind"])](str(data["reason"]), **details)
