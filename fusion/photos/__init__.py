"""Photos in and out: any accepted file becomes upright 8-bit sRGB, and pixels become a result's file."""

from __future__ import annotations

from fusion.photos import decode, encode, samples
from fusion.photos.decode import Limits, Photo
from fusion.photos.encode import Format
from fusion.photos.samples import credits

__all__ = ["Format", "Limits", "Photo", "credits", "decode", "encode", "samples"]
