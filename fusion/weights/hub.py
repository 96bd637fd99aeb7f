"""The ModelScope hub, through its own client: what it says of a model's files, and the files. Errors in our words.

The client is `modelscope_hub`, which `modelscope.hub` itself calls; unlike that it loads no torch. Endpoint, token,
proxy and time limits are set as it documents them: MODELSCOPE_ENDPOINT, MODELSCOPE_API_TOKEN, HTTPS_PROXY and so on.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fusion.errors import DownloadFailed, FusionError, Reason
from fusion.weights.catalog import HubModel
from fusion.weights.locate import Stated

if TYPE_CHECKING:
    from modelscope_hub import HubApi

# The client's own four attempts at a listing let somebody without a network wait for eight seconds. Its progress bars
# are not wanted: there is another one.
_SETTINGS = {"MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS": "3", "TQDM_DISABLE": "1"}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_LONGEST = 160  # characters of somebody else's words


@dataclass(frozen=True, slots=True)
class Hub:
    """A model on the hub, under the owner that has it."""

    model: HubModel
    owner: str
    client: HubApi

    @classmethod
    def find(cls, model: HubModel) -> tuple[Hub, Mapping[str, Stated]]:
        """The hub, and what it states of the model's files.

        Raises:
            DownloadFailed: it cannot be reached, refuses, or does not have the model or one of the files.
        """
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)  # the client reads them when it is imported
        from modelscope_hub import HubApi, HubConfig
        from modelscope_hub.errors import NotExistError

        client = HubApi(HubConfig())  # of its own: by default it would keep the environment of its first use
        for owner in model.owners:
            try:
                listed = client.list_repo_files(f"{owner}/{model.name}", "model")
            except NotExistError:
                continue
            except Exception as error:
                raise as_failure(error, model) from error
            stated = {each.path: Stated(each.size, (each.sha256 or "").lower()) for each in listed}
            for file in model.files:
                if file.path not in stated:
                    raise DownloadFailed(Reason.DOWNLOAD_NOT_FOUND, file=file.path, address=model.address)
            return cls(model, owner, client), {file.path: stated[file.path] for file in model.files}
        raise DownloadFailed(Reason.DOWNLOAD_NOT_FOUND, file=model.name, address=model.address)

    def fetch(self, path: str, stated: Stated, folder: Path) -> None:
        """Bring one file into `folder`, going on from what an earlier call has left there.

        Raises:
            DownloadFailed
        """
        incomplete = folder / f"{path}.incomplete"
        farthest = -1
        while True:
            try:
                self.client.download_file(
                    f"{self.owner}/{self.model.name}",
                    "model",
                    path,
                    local_dir=folder,
                    cache_dir=folder / ".client",  # where its locks go
                    expected_sha256=stated.sha256 or None,
                    file_size=stated.size_bytes,
                )
                return
            except Exception as error:
                # It gives a file an hour and a few tries. Where bytes have come meanwhile, more will.
                failure = as_failure(error, self.model, path)
                reached = incomplete.stat().st_size if incomplete.exists() else -1
                if failure.reason != Reason.DOWNLOAD_INTERRUPTED or reached <= max(farthest, 0):
                    raise failure from error
                farthest = reached


def as_failure(error: Exception, model: HubModel, path: str = "") -> FusionError:
    """What went wrong, and what to do about it; an error of this program's own comes back as it is, raised.

    Args:
        path: of the file in work; none while the files are being listed.
    """
    from modelscope_hub import errors as theirs
    from requests import RequestException

    status = getattr(error, "status_code", None) or 0
    if isinstance(error, FusionError):
        return error
    if isinstance(error, theirs.NotExistError):
        return DownloadFailed(Reason.DOWNLOAD_NOT_FOUND, file=path or model.name, address=model.address)
    if isinstance(error, theirs.AuthenticationError | theirs.PermissionDeniedError):
        return DownloadFailed(Reason.DOWNLOAD_REFUSED, status=status, address=model.address)
    if isinstance(error, theirs.FileIntegrityError):
        return DownloadFailed(Reason.DOWNLOAD_DAMAGED, file=path, address=model.address)
    if isinstance(error, theirs.NetworkError | RequestException) and not isinstance(error, ValueError):
        reason = Reason.DOWNLOAD_INTERRUPTED if path else Reason.DOWNLOAD_OFFLINE
        return DownloadFailed(reason, file=path, why=_cause(error), address=model.address)
    if isinstance(error, theirs.HubError | ValueError):  # ValueError: not JSON, but perhaps a hotel's login page
        why = f"HTTP {status}" if status else _cause(error)
        return DownloadFailed(Reason.DOWNLOAD_SERVER, why=why, address=model.address)
    raise error


def cannot_write(error: OSError, folder: Path) -> DownloadFailed:
    """Why a file could not be written there."""
    if error.errno in _NO_ROOM:
        return DownloadFailed(Reason.DOWNLOAD_FULL, folder=str(folder))
    return DownloadFailed(Reason.DOWNLOAD_UNWRITABLE, folder=str(folder), why=error.strerror or type(error).__name__)


def _cause(error: BaseException) -> str:
    """The innermost reason, which is the one that somebody may know: the client's own sentences are for programmers."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    words = " ".join(str(getattr(error, "strerror", None) or error).split())
    return words[:_LONGEST] if words.isascii() and words else type(error).__name__
