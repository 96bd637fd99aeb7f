"""What README.md, its Chinese twin and docs/ say of commands, files and settings is there, and both READMEs say it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from typer.main import get_command

import advisor.__main__
import fusion.__main__
from fusion.config import Config

ROOT = Path(__file__).parents[1]
TWINS = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
PROGRAMS = {"fusion": fusion.__main__.app, "advisor": advisor.__main__.app}
MOST_LINES = 150

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`[^`\n]+`")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def headings(text: str) -> list[tuple[str, str]]:
    """The `#` signs and the text of each heading."""
    return HEADING.findall(FENCE.sub("", text))


def links(text: str) -> list[str]:
    return LINK.findall(INLINE.sub("", FENCE.sub("", text)))


def code(text: str) -> list[str]:
    """Lines of code blocks without their comments, and inline code."""
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    inline = [found.strip("`") for found in INLINE.findall(FENCE.sub("", text))]
    return [re.sub(r"\s+# .*", "", line) for line in lines] + inline


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: list[str] = []
    for _, heading in headings(read(page)):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "]", heading).lower()).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


def leads_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = page.parent / path if path else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


def is_command(app: Any, words: list[str]) -> bool:
    """Whether a program has the command, and the command the sub-command."""
    command: Any = get_command(app)
    for word in words:
        commands = getattr(command, "commands", None)
        if commands is None:
            return True  # what follows a command is its argument
        if word not in commands:
            return False
        command = commands[word]
    return True


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.name)
def test_a_readme_is_read_in_a_few_minutes(page: Path) -> None:
    assert len(read(page).splitlines()) <= MOST_LINES


def test_the_twins_have_the_same_sections_code_and_links() -> None:
    english, chinese = (read(page) for page in TWINS)
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]
    assert [code(block) for block in FENCE.findall(english)] == [code(block) for block in FENCE.findall(chinese)]
    others = {page.name for page in TWINS}
    assert [link for link in links(english) if link not in others] == [x for x in links(chinese) if x not in others]


@pytest.mark.parametrize(("page", "other"), [TWINS, TWINS[::-1]], ids=lambda page: page.name)
def test_each_twin_leads_to_the_other_at_its_top(page: Path, other: Path) -> None:
    assert links(read(page))[0] == other.name


def test_the_readme_leads_to_every_page_of_docs() -> None:
    named = {link.partition("#")[0] for link in links(read(TWINS[0]))}
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in named] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    inside = [link for link in links(read(page)) if not re.match(r"\w+:", link)]
    assert [link for link in inside if leads_nowhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    unknown = []
    for line in code(read(page)):
        unknown += [line for target in re.findall(r"\bmake ([a-z]+)", line) if target not in targets]
        for program, words in re.findall(r"python -m (fusion|advisor)((?: [a-z]+(?![\w.]))*)", line):
            unknown += [] if is_command(PROGRAMS[program], words.split()) else [line]
        for script in re.findall(r"\bbenchmarks[./]([a-z_]+)(?:\.py)?\b", line):
            unknown += [] if any((ROOT / "benchmarks").glob(f"{script}*")) else [line]
    assert unknown == []


def test_every_command_of_fusewise_that_a_page_names_exists() -> None:
    app = pytest.importorskip("fusewise.cli", reason="the command fusewise is not in this checkout").app
    lines = [line for page in PAGES for line in code(read(page))]
    named = {word for line in lines for word in re.findall(r"\bfusewise ([a-z]+)", line)}
    assert "run" in named
    assert [word for word in sorted(named) if not is_command(app, [word])] == []


def test_the_settings_page_lists_every_variable_and_no_other() -> None:
    rows = re.findall(r"^\| `(FUSEWISE_\w+)`", read(ROOT / "docs" / "settings.md"), re.MULTILINE)
    assert sorted(rows) == sorted(f"FUSEWISE_{name.upper()}" for name in Config.model_fields)


def modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("[!_]*.py")}


@pytest.mark.skipif(not (ROOT / "fusion" / "photos").is_dir(), reason="the packages are still to come")
@pytest.mark.parametrize(
    ("section", "root"), [("fusion", "fusion"), ("advisor", "advisor"), ("api", "api"), ("pages", "pages/parts")]
)
def test_the_architecture_page_lists_every_module_of_every_package(section: str, root: str) -> None:
    part = re.split(rf"^### {section}: .*$", read(ROOT / "docs" / "architecture.md"), flags=re.MULTILINE)[1]
    rows = re.findall(r"^\| `([\w.]+)`.*\|(.+)\|$", part.partition("\n### ")[0], re.MULTILINE)
    listed = {package: set(re.findall(r"`(\w+)`", cell)) for package, cell in rows}
    packages = [path.name for path in (ROOT / root).iterdir() if modules(path)]
    assert sorted(name for name in listed if "." not in name) == sorted(packages)
    there = {package: modules(ROOT / root / package.replace(".", "/")) for package in listed}
    assert {name: cells ^ there[name] for name, cells in listed.items() if cells != there[name]} == {}


def test_the_figures_are_those_of_the_newest_runs() -> None:
    checked = subprocess.run([sys.executable, "-m", "benchmarks.figures", "--check"], cwd=ROOT, check=False)
    assert checked.returncode == 0
