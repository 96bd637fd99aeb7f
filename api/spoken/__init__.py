"""What people are told, in English and in Simplified Chinese, wherever it is asked: on a page, or over HTTP.

`Words("zh").error(error)` speaks; the sentences lie in `pages/parts/i18n/words/`, under the codes that errors, notices
and findings carry.
"""

from __future__ import annotations

from api.spoken import translator
from api.spoken.accepted import wanted
from api.spoken.translator import Language, Words, language_of

__all__ = ["Language", "Words", "language_of", "translator", "wanted"]
