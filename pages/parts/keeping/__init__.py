"""What lies on the desk of a browser's tab comes back when its page is loaded again, and is kept for that.

`streamlit_app.py` calls `begin` before a page is drawn and `end` after it.
"""

from __future__ import annotations

from pages.parts.keeping import tab
from pages.parts.keeping.tab import Tab, begin, end

__all__ = ["Tab", "begin", "end", "tab"]
