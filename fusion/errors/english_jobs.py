"""The English of errors about weights, jobs, workers and the machine. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fusion.errors.reasons import Reason, Sentence

JOBS: Mapping[Reason, Sentence] = MappingProxyType(
    {
        # files of weights
        Reason.WEIGHTS_MISSING: Sentence(
            "The file {file} is not on this machine.", "Download it from {address} and name it in {variable}."
        ),
        Reason.WEIGHTS_INVALID: Sentence(
            "The file {file} is not the one expected (sha256 {found}).",
            "Delete it and install it again; expected is {expected}.",
        ),
        Reason.WEIGHTS_UNET_MISSING: Sentence(
            "The unet engine needs weights that are not on this machine ({file}).",
            "Download them on the Fuse page or with `python -m fusion weights download`, or copy the model's folder "
            "from {address} and name it in FUSEWISE_WEIGHTS.",
        ),
        Reason.WEIGHTS_INCOMPLETE: Sentence(
            "The file {file} is not complete.", "Download the weights again: only what is not whole is fetched."
        ),
        Reason.WEIGHTS_INVALID_MODEL: Sentence(
            "The file {file} does not hold the model that is expected: {why}.",
            "Run `python -m fusion weights verify`; delete a file that is damaged and download it again.",
        ),
        Reason.WEIGHTS_DAMAGED: Sentence(
            "The file {file} is damaged: it is not what the ModelScope hub stated.",
            "Download the weights again: only this file is fetched once more.",
        ),
        # the download of weights
        Reason.DOWNLOAD_OFFLINE: Sentence(
            "The ModelScope hub cannot be reached ({why}).",
            "Check the connection and try again. Without network: download the folder from {address} on another "
            "machine, copy it here and name it in FUSEWISE_WEIGHTS.",
        ),
        Reason.DOWNLOAD_INTERRUPTED: Sentence(
            "The connection broke off during {file} ({why}).",
            "Try again: it goes on from where it stopped. If it keeps breaking off, download the folder from {address} "
            "elsewhere, copy it here and name it in FUSEWISE_WEIGHTS.",
        ),
        Reason.DOWNLOAD_REFUSED: Sentence(
            "The ModelScope hub refused the download (HTTP {status}).",
            "Open {address} in a browser: it may ask for a login. Give your token in MODELSCOPE_API_TOKEN, or name a "
            "copy of the folder in FUSEWISE_WEIGHTS.",
        ),
        Reason.DOWNLOAD_NOT_FOUND: Sentence(
            "The ModelScope hub does not have {file}.",
            "Open {address} in a browser: the model may have moved. A copy of its folder can be named in "
            "FUSEWISE_WEIGHTS.",
        ),
        Reason.DOWNLOAD_SERVER: Sentence(
            "The ModelScope hub did not answer as it should ({why}).",
            "Try again later: what has been downloaded is kept. Its state can be seen at {address}.",
        ),
        Reason.DOWNLOAD_DAMAGED: Sentence(
            "The file {file} arrived damaged, several times.",
            "Try again later: the other files are kept. If it stays, the copy at {address} is damaged.",
        ),
        Reason.DOWNLOAD_NO_ROOM: Sentence(
            "There is not enough room in {folder}: {needed:.1f} GB are needed, {free:.1f} GB are free.",
            "Make room, or name a folder on another disk in FUSEWISE_WEIGHTS.",
        ),
        Reason.DOWNLOAD_FULL: Sentence(
            "The disk became full while {folder} was written.",
            "Make room and try again: it goes on from where it stopped.",
        ),
        Reason.DOWNLOAD_UNWRITABLE: Sentence(
            "The folder {folder} cannot be written ({why}).",
            "Make it writable, or name another folder in FUSEWISE_WEIGHTS.",
        ),
        Reason.DOWNLOAD_BUSY: Sentence(
            "These weights are being downloaded by another process.", "Wait until it is done, or stop it."
        ),
        Reason.DOWNLOAD_DIED: Sentence(
            "The process that downloads stopped unexpectedly (exit code {code}).",
            "Try again: it goes on from where it stopped.",
        ),
        Reason.PARSER_UNREACHED: Sentence(
            "{file} could not be fetched ({why}).",
            "Check the connection and try again. Without network: fetch {address} on another machine, take {file} out "
            "of it, copy it here and name it in FUSEWISE_SEGMENTER.",
        ),
        Reason.PARSER_DAMAGED: Sentence(
            "What came from {address} is not the {file} that was expected.", "Nothing of it is kept. Try again later."
        ),
        # jobs and workers
        Reason.OUT_OF_MEMORY: Sentence(
            "There was not enough memory on {device}.", "Choose a smaller output, or close what else uses the memory."
        ),
        Reason.DEVICE_FAILED: Sentence(
            "The graphics card {device} failed ({why}).",
            "The process that computes starts again by itself. If it happens again, restart the computer or update the "
            "card's driver; the GPU page shows the card's state.",
        ),
        Reason.CARD_WITHOUT_CODE: Sentence(
            "The installed PyTorch has no code for {device}.",
            "Run `python -m advisor doctor`: it names the command that installs a PyTorch that runs on it. Then start "
            "Fusewise again; until then the processor computes.",
        ),
        Reason.FUSION_BLANK: Sentence(
            "The fused face came out blank.",
            "Restart the worker on the GPU page (Machine, where there is no card) and try again; if it stays, choose "
            "float32 as the precision.",
        ),
        Reason.WORKER_DIED: Sentence(
            "The processes that computed it stopped unexpectedly (exit code {code}).",
            "Three in a row did so over this job; other jobs go on. Choose a smaller output and try again.",
        ),
        Reason.WORKER_START: Sentence(
            "The process that computes could not start.", "Run `make setup` again; the reason is in the terminal: {why}"
        ),
        Reason.CLUSTER_MISSING: Sentence(
            "FUSEWISE_RAY_ADDRESS names a cluster, and Ray is not installed.",
            "Run `pip install -r requirements-cluster.txt`, or leave the variable out to compute here alone.",
        ),
        Reason.CLUSTER_UNREACHED: Sentence(
            "The Ray cluster {address} cannot be reached ({why}).",
            "Start it with `ray start --head` on this machine, or correct FUSEWISE_RAY_ADDRESS; docs/cluster.md says "
            "how. It is tried again when a page is opened.",
        ),
        Reason.NODE_LOST: Sentence(
            "The machine {node} has left the cluster.",
            "Its job runs again on another one. Start it again there with `ray start --address`.",
        ),
        Reason.NODE_DISK: Sentence(
            "The machine {node} cannot write its files ({why}).", "Make room on its disk, and press Retry."
        ),
        Reason.NODE_WEIGHTS: Sentence(
            "The machine {node} could not be given {file} for the unet engine ({why}).",
            "Mend that there, or run `fusewise weights download` there, and press Retry; or choose landmark.",
        ),
        Reason.JOB_TIMEOUT: Sentence(
            "The job took longer than {seconds:.0f} s.", "Choose a smaller output and try again."
        ),
        Reason.INTERRUPTED: Sentence(
            "Fusewise was stopped while this job ran.", "Its photos and settings are kept: press Retry to run it again."
        ),
        Reason.RESULT_GONE: Sentence("The result's file is gone or damaged ({file}).", "Fuse the photos again."),
        Reason.PHOTOS_GONE: Sentence(
            "The photos of this job are no longer there ({why}).",
            "Choose them again on the Fuse page: the settings are in the recipe.",
        ),
        Reason.JOB_UNKNOWN: Sentence("There is no job {id}.", "Press Fuse to start a new one."),
        Reason.JOB_UNREADABLE: Sentence(
            "What was kept of this job cannot be understood ({why}).", "Delete the job, and fuse its photos again."
        ),
        Reason.DESK_UNREADABLE: Sentence(
            "What was kept of this page cannot be understood ({why}).",
            "Bring the photos again. What you have fused is in the history.",
        ),
        Reason.CANCELLED: Sentence("The job was cancelled.", "Press Fuse to start it again."),
        Reason.TRIAL_FAILED: Sentence(
            "A trial fusion failed: {why}.",
            "Try again when the machine has less to do; what was measured before it is kept.",
        ),
        # the data folder, and everything else
        Reason.LEDGER_UNUSABLE: Sentence(
            "The database {path} cannot be used: {why}.",
            "Make room if its disk is full. If the file is damaged, stop Fusewise, move it away and start again: the "
            "history and the measurements begin anew, results stay where they are.",
        ),
        Reason.DATA_UNUSABLE: Sentence(
            "The data folder {folder} cannot be used: {why}.",
            "See that it is a folder in which you may write, or name another one in FUSEWISE_DATA.",
        ),
        Reason.DISK_FULL: Sentence(
            "The disk of {folder} is full ({why}).",
            "Make room there, or delete results on the History page or with `python -m fusion jobs purge`. Jobs that "
            "wait go on by themselves once there is room.",
        ),
        Reason.FILES_STUCK: Sentence(
            "{count} files that are no longer wanted could not be removed from {folder}: {why}.",
            "Close what has them open, and see that the folder can be written. It is tried again every ten minutes.",
        ),
        Reason.INTERNAL: Sentence(
            "Something failed inside Fusewise: {why}.", "Try again; if it stays, report it with this text."
        ),
        Reason.ADMINISTRATOR_ONLY: Sentence(
            "Only the administrator may do that.",
            "Open the administrator's link, which Fusewise prints in its terminal as it starts.",
        ),
        Reason.UNKNOWN: Sentence(
            "It failed for a reason that this version of Fusewise does not know ({name}).",
            "Run it again, or look at it with the version that ran it.",
        ),
    }
)
