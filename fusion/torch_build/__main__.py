"""`python -m fusion.torch_build REQUIREMENTS RECORD [INDEX]`: install the PyTorch that runs here. For `make setup`.

REQUIREMENTS is the file that names its version. RECORD is a file that keeps the index that it came from, so that
torchvision comes from there too; empty for the package index. INDEX overrides the choice; "default" is the package
index's own build. Says in a line or two what it took and why.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from fusion.torch_build.builds import BUILDS, CPU, INDEX, runs_on
from fusion.torch_build.cards import Driver, look
from fusion.torch_build.choosing import Choice, choose
from fusion.torch_build.mending import this_system
from fusion.torch_build.present import Installed, installed

DEFAULT = "default"
_PROBE_S = 5.0  # pip would try an index that is not there for minutes
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install")


def main(arguments: Sequence[str]) -> int:
    """Install PyTorch where what is installed is not it; the exit code of pip, or 2 for a call that is wrong."""
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    requirement = pinned(Path(arguments[0]).read_text(encoding="utf-8"))
    record, asked = Path(arguments[1]), arguments[2].strip() if len(arguments) == 3 else ""
    if asked:
        index = "" if asked == DEFAULT else asked
        _say(f"PyTorch: from {index or 'the package index'}, as TORCH_INDEX says.")
        before = record.read_text(encoding="utf-8").strip() if record.exists() else None
        return _install(requirement, index, record, anew=before != index)
    return _chosen(requirement, record)


def _say(text: str) -> None:
    """Before pip begins, also where nobody reads it from a terminal."""
    print(text, flush=True)


def pinned(requirements: str) -> str:
    """The line that names PyTorch's version.

    Raises:
        ValueError: there is none.
    """
    found = re.search(r"^torch==\S+", requirements, re.MULTILINE)
    if found is None:
        raise ValueError("the requirements pin no torch")
    return found[0]


def is_fit(there: Installed | None, requirement: str, index: str, driver: Driver) -> bool:
    """Whether what is installed need not be replaced by what would be chosen.

    A build for cards runs on a processor too, and whoever has it has downloaded it already.
    """
    if there is None or f"torch=={there.version.partition('+')[0]}" != requirement:
        return False
    if index == INDEX + CPU or there.cuda == _cuda_of(index):
        return True
    if there.cuda is None:
        return not driver.cards
    is_known = not driver.cuda[0] or int(there.cuda.partition(".")[0]) <= driver.cuda[0]
    return is_known and all(runs_on(there.architectures, card.capability) for card in driver.cards)


def _cuda_of(index: str) -> str:
    """The CUDA of the build for cards that an index of the table has; "" of any other."""
    own = BUILDS[0].cuda
    return own if not index else next((each.cuda for each in BUILDS if INDEX + each.name == index), "")


def _chosen(requirement: str, record: Path) -> int:
    driver = look()
    choice = choose(this_system(), driver)
    there = installed()
    if there is not None and is_fit(there, requirement, choice.index, driver):
        _say(f"PyTorch: {there.version} is installed and stays; {choice.why}.")
        return 0
    _say(choice.text)
    if choice.index and (trouble := unreachable(choice.index)):
        _say(_instead(choice, trouble))
        return _install(requirement, "", record, anew=False)
    code = _install(requirement, choice.index, record, anew=there is not None)
    if code and choice.index:
        _say(_instead(choice, f"pip ended with {code}"))
        return _install(requirement, "", record, anew=False)
    return code


def _instead(choice: Choice, trouble: str) -> str:
    return (
        f"         {choice.index} cannot be reached ({trouble}): the package index's own build is taken instead.\n"
        "         It may be several gigabytes, and may have no code for an older card: then the processor computes."
    )


def unreachable(index: str) -> str:
    """Why an index does not answer; "" where it does."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=_PROBE_S):
            return ""
    except (OSError, ValueError, http.client.HTTPException) as error:  # what urllib raises of its own is an OSError
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        return str(why)


def _install(requirement: str, index: str, record: Path, *, anew: bool) -> int:
    """Have pip install it, in the place of another build where `anew`. Nothing is recorded of what failed."""
    command = [*_PIP, *(["--index-url", index] if index else [])]
    if anew:  # a build is no part of the version that pip compares; what PyTorch needs is left to the next command
        code = subprocess.run([*command, "--force-reinstall", "--no-deps", requirement], check=False).returncode
        if code:
            return code
    code = subprocess.run([*command, requirement], check=False).returncode
    if not code:
        record.write_text(index, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
