"""Photos of nothing, as programs send them."""

from __future__ import annotations

import base64
import io

from PIL import Image


def plain(red: int, side: int = 96) -> bytes:
    """A PNG of one colour; another one for each `red`."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), (red % 256, red // 256 % 256, 50)).save(file, "PNG")
    return file.getvalue()


def uri(photo: bytes) -> str:
    """The same as JSON has it."""
    return f"data:image/png;base64,{base64.b64encode(photo).decode()}"
