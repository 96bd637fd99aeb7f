"""Which language a request is answered in."""

from __future__ import annotations

import pytest

from api.spoken import Language, wanted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.ENGLISH),
        ("", Language.ENGLISH),
        ("zh", Language.CHINESE),
        ("fr-FR, zh-Hans-CN;q=0.5, en;q=0.3", Language.CHINESE),
        ("en;q=0.3, zh;q=0.9", Language.CHINESE),
        ("zh;q=0, en", Language.ENGLISH),
        ("zh;q=nonsense, en", Language.ENGLISH),
        ("*", Language.ENGLISH),
        ("xx," * 40 + "zh", Language.ENGLISH),
        (";q=;,,zh", Language.CHINESE),
    ],
)
def test_the_best_that_is_spoken(header: str | None, language: Language) -> None:
    assert wanted(header) == language
