"""What the pages say, in English and in Simplified Chinese.

`words()` are the sentences in the language of this session; the others put jobs and downloads into them. Sentences lie
in `words/*.json`, under the codes that errors, notices and findings carry.
"""

from __future__ import annotations

from api.spoken.translator import Language, Words, language_of
from pages.parts.i18n import job_text, language, transfer_text
from pages.parts.i18n.language import words

__all__ = ["Language", "Words", "job_text", "language", "language_of", "transfer_text", "words"]
