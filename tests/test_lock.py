"""The lock says the same as the requirements, and nothing of the machine that it was written on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = {"sr": "requirements-sr.txt", "c2pa": "requirements-c2pa.txt", "refusal": "requirements-refusal.txt"}
FILES = ("requirements.txt", *EXTRAS.values(), "requirements-dev.txt")
LOCK = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]


def asked(name: str) -> Iterator[Requirement]:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if text and not text.startswith("-"):
            yield Requirement(text)


def test_each_line_is_a_name_and_one_plain_version() -> None:
    assert [line for line in LOCK if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    names = [line.partition("==")[0] for line in LOCK]
    assert names == sorted(set(names))


def test_what_is_asked_for_is_there_in_a_version_that_is_allowed() -> None:
    held = dict(line.split("==") for line in LOCK)
    wrong = [
        str(each)
        for name in FILES
        for each in asked(name)
        if not each.specifier.contains(held.get(canonicalize_name(each.name), "0"), prereleases=True)
    ]
    assert wrong == [], "run `make lock`"


def test_the_package_takes_its_dependencies_from_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"dependencies", "optional-dependencies"} <= set(project["project"]["dynamic"])
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["requirements_txt"]
    assert hook["files"] == [FILES[0]]
    extras = {name: [file] for name, file in EXTRAS.items()}
    # No test needs Ray, which is large: the lock is without it.
    assert hook["optional-dependencies"] == {**extras, "cluster": ["requirements-cluster.txt"], "dev": [*FILES[1:]]}
