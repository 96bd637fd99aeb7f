"""Face fusion on one machine: two photos and settings in, one picture out. Nothing here knows a page.

What a script needs lies at this door: read a `Photo`, choose `Settings`, and let a `Pipeline` make the `Result`. Each
is loaded when it is first asked for, so `import fusion` costs nothing; `Pipeline` and `Result` load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fusion.errors import FusionError
    from fusion.photos import Photo
    from fusion.pipeline import Pipeline, Result
    from fusion.settings import Settings
    from fusion.types import Size

__version__ = "0.1.0"

__all__ = ["FusionError", "Photo", "Pipeline", "Result", "Settings", "Size", "__version__"]

_WHERE = {
    "FusionError": "fusion.errors",
    "Photo": "fusion.photos",
    "Pipeline": "fusion.pipeline",
    "Result": "fusion.pipeline",
    "Settings": "fusion.settings",
    "Size": "fusion.types",
}


def __getattr__(name: str) -> object:
    """The name, from the module where it lives (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
