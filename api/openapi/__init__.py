"""The API described for programs (OpenAPI 3.1), and for people on a page; both are made of the types that it uses.

`document` is the description, `page` shows it without a script and without anything from elsewhere.
`schemas` are the shapes by name.
"""

from __future__ import annotations

from api.openapi.document import MODEL, document
from api.openapi.page import page
from api.openapi.schemas import schemas

__all__ = ["MODEL", "document", "page", "schemas"]
