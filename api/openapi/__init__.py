"""The API described for programs (OpenAPI 3.1), and for people on a page; both are made of the types that it uses.

`document` is the description, `page` shows it without a script and without anything from elsewhere.
"""

from __future__ import annotations

from api.openapi.document import document
from api.openapi.page import page

__all__ = ["document", "page"]
