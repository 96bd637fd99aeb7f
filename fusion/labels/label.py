"""What the visible label says, and the letters that it is said in."""

from __future__ import annotations

from enum import StrEnum


class Label(StrEnum):
    """The visible label in a language."""

    EN = "en"
    ZH = "zh"

    @property
    def text(self) -> str:
        """What stands in the picture. In Chinese as GB 45438-2025, 5.2 asks: that it is AI, and that it was made."""
        return {Label.EN: "AI-modified", Label.ZH: "AI生成"}[self]

    @classmethod
    def of(cls, language: str) -> Label:
        """In the language that a locale or a page is of, as "zh_CN.UTF-8"; English where it is no Chinese."""
        return cls.ZH if language.lower().startswith("zh") else cls.EN
