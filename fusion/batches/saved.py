"""The results of a batch that has ended, into a folder or a ZIP: what could be saved, and what could not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fusion.batches import export, manifest
from fusion.batches.zip_stream import Sent
from fusion.errors import Exit, FusionError, OutputRejected, Phrase, PhraseCode, Reason
from fusion.files import Folder, Inputs, names, outputs
from fusion.jobs import JobView
from fusion.provenance import Leaving

ZIP = ".zip"


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """What was written.

    Attributes:
        files: by the jobs' ids the names of the pictures, in the ZIP or on the disk.
        table, manifest: likewise; None where they could not be written.
        errors: what could not be written, by its name, and why.
    """

    files: dict[str, str] = field(default_factory=dict)
    table: str | None = None
    manifest: str | None = None
    errors: tuple[tuple[str, FusionError], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where results go: a ZIP, if its name says so, or a folder. None of `inputs` is written over.

    `leaving`: what is done to the pictures, as of `export.contents`.
    """

    out: Path
    inputs: Inputs
    overwrite: bool = False
    leaving: Leaving | None = None

    @property
    def is_zip(self) -> bool:
        return self.out.suffix.lower() == ZIP

    def prepare(self) -> None:
        """Make the folder, or see that the ZIP can be written. Before anything is computed.

        Raises:
            OutputRejected: it cannot be.
        """
        if self.is_zip:
            outputs.check(self.out, self.inputs, overwrite=self.overwrite)
            return
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            outputs.check_folder(self.out)
        except FileExistsError as error:
            why = Phrase(PhraseCode.IS_NO_FOLDER, {"path": str(self.out)})
            raise OutputRejected(Reason.OUTPUT_UNWRITABLE, why=why) from error
        except (OSError, ValueError) as error:
            raise outputs.refusal(self.out, error) from error

    def save(self, views: Sequence[JobView]) -> Saved:
        """Write what is done.

        Args:
            views: the batch's jobs in their order.
        """
        return self._save_zip(views) if self.is_zip else self._save_folder(views)

    def _save_zip(self, views: Sequence[JobView]) -> Saved:
        done = [view for view in views if view.outcome is not None]
        if not done:
            return Saved()
        try:
            replace = self.overwrite and not self.inputs.has(self.out)
            export.save_zip(views, self.out, self.leaving, overwrite=replace)
        except FusionError as error:
            return Saved(errors=((names.shown(str(self.out)), error),))
        stems = export.stems_of(views)
        return Saved({view.id: f"{stems[view.id]}.png" for view in done}, export.TABLE, manifest.NAME)

    def _save_folder(self, views: Sequence[JobView]) -> Saved:
        folder = Folder(self.out, self.inputs, overwrite=self.overwrite)
        wanted, named = export.stems_of(views), dict[str, str]()
        errors, written = list[tuple[str, FusionError]](), list[Sent]()
        for view in views:
            if view.outcome is None:
                continue
            try:
                named[view.id], files = export.save_result(view, folder, wanted[view.id], self.leaving)
                written += files
            except FusionError as error:
                errors.append((f"{wanted[view.id]}.png", error))
                if isinstance(error, OutputRejected) and error.exit == Exit.FAILED:
                    break  # the disk: the next one would end so too
        at = {id: str(self.out / names.on_disk(f"{stem}.png")) for id, stem in named.items()}
        table: str | None = None
        listed: str | None = None
        try:
            path, row = export.save_table(views, folder, named)
            table = str(path)
            written.append(row)
        except FusionError as error:
            errors.append((export.TABLE, error))
        try:
            listed = str(export.save_manifest(written, folder))
        except FusionError as error:
            errors.append((manifest.NAME, error))
        return Saved(at, table, listed, tuple(errors))
