"""The API alone, without pages: `python -m api`, which is `python -m fusion serve`.

Needs uvicorn and no Streamlit. `application` makes what is served; `cli` reads the command line.
"""

from __future__ import annotations

from api.alone.application import application
from api.alone.cli import main

__all__ = ["application", "main"]
