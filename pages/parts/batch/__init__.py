"""The Batch page: what is given, what it comes to, how far it is, and its results in one ZIP.

For `pages/studio/batch.py` alone, but for `download`, whose routes the server needs.
"""

from __future__ import annotations

from pages.parts.batch import download, earlier, inputs, plan, progress, settings_form

__all__ = ["download", "earlier", "inputs", "plan", "progress", "settings_form"]
