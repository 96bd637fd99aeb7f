"""MB is 10⁶ bytes, MiB 2²⁰: one module says so, and every number is followed by the unit that it was divided by."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from advisor.diagnosis import messages
from fusion import config, units
from fusion.errors import tree
from pages.parts.batch.inputs import ZIP_MB
from pages.parts.i18n import Language
from pages.parts.session import uploads

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *(file for room in ("fusion", "advisor", "pages", "benchmarks") for file in sorted((ROOT / room).rglob("*.py"))),
    ROOT / "streamlit_app.py",
]
UNIT = re.compile(r"_?(MEGA|GIGA|mega|giga|[KMGT]I?B)$")
WORDS = {
    language: json.loads((ROOT / f"pages/parts/i18n/words/{language}.json").read_text(encoding="utf-8"))
    for language in Language
}


def assigned(tree: ast.AST) -> Iterator[str]:
    """Names that a module gives a value of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def test_a_unit_is_defined_in_one_place() -> None:
    elsewhere = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in SOURCES
        if file != ROOT / "fusion/units.py"
        for name in assigned(ast.parse(file.read_text(encoding="utf-8")))
        if UNIT.match(name)
    }
    assert elsewhere == set()
    assert (units.MB, units.GB) == (1_000_000, 1_000_000_000)
    assert (units.MIB, units.GIB, units.TIB) == (1_048_576, 1_073_741_824, 1_099_511_627_776)


def test_sizes_of_1024_are_called_so_in_every_sentence() -> None:
    sentences = [text for sentence in tree.SENTENCES.values() for text in (sentence.message, sentence.remedy)]
    sentences += [text for both in messages.SENTENCES.values() for text in both]
    sentences += [str(text) for words in WORDS.values() for text in words.values()]
    told = [text for text in sentences if re.search(r"\{\w*(mega|giga)bytes", text)]
    assert len(told) >= 15
    assert [text for text in told if re.search(r"\b[MG]B\b", text.replace("FUSEWISE_MAX_UPLOAD_MB", ""))] == []


@pytest.mark.parametrize("language", WORDS)
def test_the_words_for_a_photo_name_the_unit_of_its_limit(language: Language) -> None:
    assert WORDS[language]["photo.upload"].format(limit=uploads.in_mib(config.load().max_upload_bytes)).count("25 MiB")


@pytest.mark.parametrize("limit", ["0.01", "1", "25", "25.5", "300"])
def test_no_browser_refuses_a_photo_that_is_taken(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", limit)
    most = config.load().max_upload_bytes
    for megabyte in (1000**2, 1024**2):  # of Streamlit's page: on Windows the latter
        assert uploads.box_size(most) * megabyte >= most
    assert uploads.box_size(most) - 1 < most / 1000**2, "and no more than that"


def test_a_page_offers_no_more_than_the_server_lets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "1000")
    monkeypatch.setattr(st, "get_option", {"server.maxUploadSize": 512}.__getitem__)
    assert uploads.let_through(config.load().max_upload_bytes) == 512 * 1024**2
    assert uploads.let_through(4_000_000) == 4_000_000


def test_the_server_lets_through_the_largest_zip_in_either_unit() -> None:
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["maxUploadSize"] >= ZIP_MB  # of a browser that counts in MiB; it is less in MB
