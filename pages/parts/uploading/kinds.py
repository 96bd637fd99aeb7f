"""Which files are taken for a photo, by the end of their names. No Streamlit."""

from __future__ import annotations

# "jfif" is what some browsers call a JPEG that they save.
PHOTOS = ("jpg", "jpeg", "jfif", "png", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp")
