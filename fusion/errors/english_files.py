"""The English of errors about files: what is written, batches, tables and ZIPs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fusion.errors.reasons import Reason, Sentence

FILES: Mapping[Reason, Sentence] = MappingProxyType(
    {
        # what is written, and files that are named
        Reason.OUTPUT_FORMAT: Sentence(
            "{suffix} is not a format that results are written in.", "End the output name in .png, .jpg or .webp."
        ),
        Reason.OUTPUT_OPAQUE: Sentence(
            "A JPEG cannot be transparent, as the padding is asked to be.",
            "End the output name in .png or .webp, or take another fill.",
        ),
        Reason.OUTPUT_UNWRITABLE: Sentence(
            "The result could not be written: {why}.", "Choose a folder that exists and can be written."
        ),
        Reason.OUTPUT_FAILED: Sentence(
            "The result could not be written: {why}.",
            "See whether the disk is full or failing, or choose a folder on another one.",
        ),
        Reason.OUTPUT_IS_INPUT: Sentence(
            "{path} is one of the files that were given; no result is written over them.",
            "Choose another name for the result.",
        ),
        Reason.OUTPUT_EXISTS: Sentence(
            "There is already a file {path}.",
            "Choose another name for the result, or replace the file with --overwrite (in Python overwrite=True).",
        ),
        Reason.OUTPUT_NAME_LONG: Sentence(
            "The name of the result is too long: it has {bytes} bytes, and the limit here is {limit}.",
            "Choose a shorter name; a Chinese character counts as three bytes.",
        ),
        Reason.OUTPUT_PATH_LONG: Sentence(
            "The path of the result is too long.", "Choose a folder that is less deep, or run the command in it."
        ),
        Reason.OUTPUT_NAME: Sentence("No file can be called {name} here.", "Choose another name for the result."),
        Reason.INPUT_MISSING: Sentence(
            "The file {path} could not be read: {why}.", "Check the name and that it may be read."
        ),
        Reason.INPUT_KIND: Sentence(
            "The file {path} could not be read: it is {what}.",
            "Name an ordinary file; save what comes through a pipe or a device first.",
        ),
        # batches and their tables
        Reason.BATCH_EMPTY: Sentence(
            "A batch needs at least one target and one source photo.",
            "Give one photo for one side, and one or more for the other.",
        ),
        Reason.BATCH_UNUSABLE: Sentence(
            "Nothing of what was given can be used ({count} refused).",
            "The reason of each is listed; mend those and give them again.",
        ),
        Reason.BATCH_UNKNOWN: Sentence("There is no batch {id}.", "`python -m fusion jobs list` shows what there is."),
        Reason.BATCH_NO_RESULT: Sentence(
            "There is no result to pack yet.", "Wait until a job is done, or retry those that failed."
        ),
        Reason.PHOTOS_TOO_MANY: Sentence(
            "{count} are too many for one batch; the limit is {limit}.", "Split them into several batches."
        ),
        Reason.PHOTOS_TOO_HEAVY: Sentence(
            "The photos come to {gigabytes:.1f} GiB together; the limit is {limit_gigabytes:g} GiB.",
            "Split them into several batches, or save them as JPEG.",
        ),
        Reason.PHOTO_TWICE: Sentence("It is the same photo as {name}.", "Nothing to do: it is taken once."),
        Reason.PHOTO_MISSING: Sentence("There is no photo called {name}.", "Add it, or correct its name in the table."),
        Reason.PHOTO_AMBIGUOUS: Sentence(
            "{count} photos are called {name}.", "Write the folder too, as in targets/{name}, or rename them."
        ),
        Reason.PAIRS_TOO_LARGE: Sentence(
            "The table is {megabytes:.1f} MiB; the limit is {limit_megabytes:g} MiB.",
            "A table of pairs holds names and settings alone: check that it is the right file.",
        ),
        Reason.PAIRS_UNREADABLE: Sentence(
            "The table of pairs cannot be read.", "Save it as CSV in UTF-8 and give it again."
        ),
        Reason.PAIRS_HEADER: Sentence(
            "The first row must name the columns target and source (or sources, or map); it says: {found}.",
            "Add a first row such as: target,source,output",
        ),
        Reason.PAIRS_COLUMN: Sentence(
            "There is no setting called {name}.", "Remove that column, or correct its name: {known}."
        ),
        Reason.PAIRS_TOO_MANY: Sentence(
            "The table has more than {limit} pairs; this row and what follows is left out.",
            "Split it into several batches.",
        ),
        Reason.PAIR_TWICE: Sentence("It says the same as row {row}.", "Nothing to do: it is taken once."),
        Reason.PAIR_CELLS: Sentence(
            "The row has {count} cells where the first row has {columns}.",
            "Put names that hold a comma in quotation marks.",
        ),
        Reason.PAIR_CELL_EMPTY: Sentence("The {role} is not named.", "Write the name of its file into the row."),
        # ZIPs with photos, and what is in them
        Reason.ZIP_UNREADABLE: Sentence(
            "This is not a ZIP that can be read.", "Pack the photos anew as an ordinary ZIP, without a password."
        ),
        Reason.ZIP_TOO_HEAVY: Sentence(
            "The ZIP is {megabytes:.0f} MiB; the limit is {limit_megabytes:g} MiB.",
            "Pack fewer photos into each of several ZIPs.",
        ),
        Reason.ZIP_TOO_MANY: Sentence(
            "The ZIP has more than {limit} entries.", "Pack fewer photos into each of several ZIPs."
        ),
        Reason.ZIP_TWICE: Sentence(
            "The ZIP has this name twice.", "Pack it anew; of two members with one name only the first is used."
        ),
        Reason.ZIP_PATH: Sentence("Its name leads out of the ZIP.", "Pack the photos anew from their own folder."),
        Reason.ZIP_LINK: Sentence("It is a link, not a photo.", "Pack the photo itself."),
        Reason.ZIP_ENCRYPTED: Sentence("It is protected by a password.", "Pack the photos anew without a password."),
        Reason.ZIP_NESTED: Sentence(
            "It is an archive inside the ZIP.", "Unpack it first and pack the photos themselves."
        ),
        Reason.ZIP_RATIO: Sentence(
            "It claims to unpack to {ratio:.0f} times its size; the limit is {limit:.0f}.",
            "Save the picture as PNG or JPEG, and pack that.",
        ),
        Reason.ZIP_MEMBER: Sentence(
            "It is damaged, or packed in a way that is not known.", "Pack it anew as an ordinary ZIP."
        ),
        Reason.ZIP_LISTS: Sentence("The ZIP has more than one table: {names}.", "Leave one CSV in it."),
        Reason.ZIP_FOLDER: Sentence(
            "It lies neither in the folder targets nor in sources.",
            "Move it into one of them, or add a table pairs.csv.",
        ),
        Reason.ZIP_LAYOUT: Sentence(
            "The ZIP does not say what belongs together.",
            "Put the photos into two folders, targets and sources, or add a table pairs.csv with the "
            "columns target,source.",
        ),
        Reason.ZIP_PARTNER: Sentence(
            "The other folder has no photo of that name.", "Name both photos of a pair alike, or add a table pairs.csv."
        ),
    }
)
