"""A pair of photos that everybody has: they come inside packages that are installed anyway; both are public domain."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from fusion.errors import FusionError, Reason


@dataclass(frozen=True, slots=True)
class Sample:
    """A photo inside an installed package, and whom it shows."""

    package: str
    path: str
    credit: str

    def file(self) -> Path:
        """Where it lies.

        Raises:
            FusionError: `input_missing`, the package is not installed.
        """
        try:
            return Path(str(metadata.distribution(self.package).locate_file(self.path)))
        except metadata.PackageNotFoundError as error:
            raise FusionError(Reason.INPUT_MISSING, path=self.path, why=str(error)) from error

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            FusionError: `input_missing`, the package is not installed or lost its file.
        """
        try:
            return self.file().read_bytes()
        except OSError as error:
            raise FusionError(Reason.INPUT_MISSING, path=self.path, why=str(error)) from error


TARGET = Sample("scikit-image", "skimage/data/astronaut.png", "Eileen Collins, NASA, public domain")
SOURCE = Sample(
    "matplotlib", "matplotlib/mpl-data/sample_data/grace_hopper.jpg", "Grace Hopper, US Navy, public domain"
)


def sample_pair() -> tuple[bytes, bytes]:
    """The target's file (PNG) and the source's (JPEG).

    Raises:
        FusionError: `input_missing`, a package lost its photo.
    """
    return TARGET.read(), SOURCE.read()


def credits() -> tuple[str, str]:
    """Whom the target and the source show, who made the photo, and its rights."""
    return TARGET.credit, SOURCE.credit


def names() -> tuple[str, str]:
    """What the files of the target and the source are called."""
    return PurePosixPath(TARGET.path).name, PurePosixPath(SOURCE.path).name
