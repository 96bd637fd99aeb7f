"""Face fusion on one machine: two photos and settings in, one picture out. Nothing here knows a page.

What a script needs lies at this door: read a `Photo`, choose `Settings`, and let a `Pipeline` make the `Result`. Each
is loaded when it is first asked for, so `import fusion` costs nothing; `Pipeline` and `Result` load torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fusion import lazy_imports

if TYPE_CHECKING:
    from fusion.errors import FusionError
    from fusion.photos import Photo
    from fusion.pipeline import Pipeline, Result
    from fusion.settings import Settings
    from fusion.types import Size

__version__ = "0.1.0"

__all__ = ["FusionError", "Photo", "Pipeline", "Result", "Settings", "Size", "__version__"]

__getattr__ = lazy_imports.door(
    __name__,
    {
        "FusionError": "fusion.errors",
        "Photo": "fusion.photos",
        "Pipeline": "fusion.pipeline",
        "Result": "fusion.pipeline",
        "Settings": "fusion.settings",
        "Size": "fusion.types",
    },
)
