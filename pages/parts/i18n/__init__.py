"""What the pages say, in English and in Simplified Chinese: the sentences, the language of a session, jobs in words."""

from __future__ import annotations

from pages.parts.i18n import job_text, language, transfer_text
from pages.parts.i18n.language import words
from pages.parts.i18n.translator import Language, Words, language_of

__all__ = ["Language", "Words", "job_text", "language", "language_of", "transfer_text", "words"]
