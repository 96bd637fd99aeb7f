"""Names of files: cut between characters, safe on any system, one where a file system holds them to be one."""

from __future__ import annotations

import unicodedata

import pytest

from fusion.files import names


@pytest.mark.parametrize(
    "name",
    ["CON", "con.jpg", "Nul.tar.gz", "aux .png", "PRN", "COM1.png", "lpt9", "COM¹.jpg", "LPT³", "com0.bmp"],
)
def test_no_result_has_a_name_that_windows_keeps(name: str) -> None:
    safe = names.safe(name)
    assert safe.startswith("_")
    assert not names.is_reserved(safe)
    assert not names.is_reserved(f"{safe}.png")


@pytest.mark.parametrize("name", ["CONTACT.jpg", "COM10.png", "my NUL.png", "nul1.png", "console", "LPT.png"])
def test_names_that_only_look_like_those_stay(name: str) -> None:
    assert names.safe(name) == name.partition(".")[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trailing dots...jpg", "trailing dots"),
        (" spaces  .jpg", "spaces"),
        ("a\x00b\x1b[2J\n.jpg", "a_b_2J_"),
        ("caf\udce9.jpg", "caf_"),
        ("हिन्दी.jpg", "हिन्दी"),  # vowel signs are part of what they stand on
        ("e\u0301.jpg", "é"),
        ("\u0301.jpg", "photo"),
        ("👩\u200d👩.jpg", "_"),
    ],
)
def test_a_name_keeps_what_is_of_a_language_and_loses_what_is_not(name: str, expected: str) -> None:
    assert names.safe(name) == expected


@pytest.mark.parametrize("name", ["照" * 83, "x" * 300, "é" * 200, "हि" * 90, "a" * 95 + "照", "q\u0323\u0307" * 60])
def test_a_long_name_is_cut_by_bytes_and_between_characters(name: str) -> None:
    safe = names.safe(f"{name}.jpg")
    assert 0 < len(safe.encode()) <= names.MOST_BYTES
    assert len(safe) <= names.MOST_CHARACTERS
    rest = unicodedata.normalize("NFC", name).removeprefix(safe)
    assert rest
    assert not unicodedata.category(rest[0]).startswith("M")


@pytest.mark.parametrize("most", range(1, 40))
def test_an_emoji_of_several_is_kept_whole_or_left_out(most: int) -> None:
    family, thumb = "👨\u200d👩\u200d👧", "👍\U0001f3fd"
    assert names.cut(f"ab{family}{thumb}", most) in {"a", "ab", f"ab{family}", f"ab{family}{thumb}"}


def test_a_text_that_is_short_enough_is_not_touched() -> None:
    assert names.cut("照片", 6) == "照片"
    assert names.cut("照片", 5) == "照"
    assert names.cut("e" + "\u0301" * 9, 5).startswith("e"), "a character that alone is too long is cut all the same"


@pytest.mark.parametrize(("one", "other"), [("A.PNG", "a.png"), ("é.png", "e\u0301.png"), ("STRASSE", "straße")])
def test_names_that_some_system_holds_to_be_one_are_alike(one: str, other: str) -> None:
    assert names.alike(one) == names.alike(other)
    assert names.alike(one) != names.alike(f"{other} (2)")


def test_a_name_is_shown_as_text_that_can_be_kept() -> None:
    assert names.shown("caf\udce9 照.jpg") == "caf%E9 照.jpg"
    names.shown("\ud800").encode()
