"""Writes constraints.txt: the versions of everything that the requirements ask for, as this environment has them.

`make lock` runs it in an environment with all requirements, once the tests have passed there. Nothing of the machine is
written: no path, no host, no build of torch's (`+cpu`), and no package that nothing asks for.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("requirements-sr.txt", "requirements-c2pa.txt", "requirements-refusal.txt")
FILES = ("requirements.txt", *EXTRAS, "requirements-dev.txt")
HEADER = """\
# The versions with which the tests passed: Python {python} on {system}, torch's CPU build. Written by `make lock`.
# pip install -r requirements.txt -c constraints.txt        make setup CONSTRAINTS=constraints.txt
# Elsewhere a package may need others beside it, which are free: on Linux torch's CUDA build asks for NVIDIA's.
"""


def asked(file: Path) -> Iterator[Requirement]:
    """What a file of requirements asks for itself."""
    for line in file.read_text(encoding="utf-8").splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if text and not text.startswith("-"):
            yield Requirement(text)


def needed(requirement: Requirement) -> Iterator[Requirement]:
    """What an installed package asks for here, with the extras that are wanted of it.

    Raises:
        importlib.metadata.PackageNotFoundError: it is not installed.
    """
    here = {str(name): str(value) for name, value in default_environment().items()}
    extras = requirement.extras or {""}
    for text in metadata.requires(requirement.name) or ():
        found = Requirement(text)
        if found.marker is None or any(found.marker.evaluate({**here, "extra": extra}) for extra in extras):
            yield found


def versions(wanted: list[Requirement]) -> dict[str, str]:
    """The versions of those and of all that they need, by name.

    Raises:
        importlib.metadata.PackageNotFoundError: one is not installed.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        one = wanted.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key not in seen:
            seen.add(key)
            found[key[0]] = metadata.version(one.name).partition("+")[0]
            wanted += needed(one)
    return found


def main() -> int:
    """Write the file."""
    try:
        found = versions([each for name in FILES for each in asked(ROOT / name)])
    except metadata.PackageNotFoundError as error:
        print(f"{error.name} is not installed: run `make test` first", file=sys.stderr)
        return 1
    python = ".".join(platform.python_version_tuple()[:2])
    lines = [f"{name}=={version}" for name, version in sorted(found.items())]
    text = HEADER.format(python=python, system=platform.system()) + "\n".join(lines) + "\n"
    (ROOT / "constraints.txt").write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
