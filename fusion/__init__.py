"""Face fusion on one machine: two photos and settings in, one picture out. Nothing here knows a page.

What a script needs lies at this door: choose `Settings`, let `fuse` make a `Fused` of two photos, and `save` it. One
that minds every step reads a `Photo` and has a `Pipeline` make the `Result`. Each is loaded when it is first asked for,
so `import fusion` costs nothing; `Pipeline` and `Result` load torch, `fuse` does once the photos are found good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fusion import lazy_imports

if TYPE_CHECKING:
    from fusion.errors import FusionError, NoFace, PairRefused
    from fusion.photos import Photo
    from fusion.pipeline import Pipeline, Result
    from fusion.scripting import Fused, fuse, fuse_async, release
    from fusion.settings import Settings
    from fusion.types import Size

__version__ = "0.1.0"

__all__ = [
    "Fused",
    "FusionError",
    "NoFace",
    "PairRefused",
    "Photo",
    "Pipeline",
    "Result",
    "Settings",
    "Size",
    "__version__",
    "fuse",
    "fuse_async",
    "release",
]

__getattr__ = lazy_imports.door(
    __name__,
    {
        "Fused": "fusion.scripting",
        "FusionError": "fusion.errors",
        "NoFace": "fusion.errors",
        "PairRefused": "fusion.errors",
        "Photo": "fusion.photos",
        "Pipeline": "fusion.pipeline",
        "Result": "fusion.pipeline",
        "Settings": "fusion.settings",
        "Size": "fusion.types",
        "fuse": "fusion.scripting",
        "fuse_async": "fusion.scripting",
        "release": "fusion.scripting",
    },
)
