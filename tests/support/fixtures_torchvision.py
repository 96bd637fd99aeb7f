"""torchvision as spandrel needs it, also where its build does not fit torch's.

spandrel imports torchvision and uses of it only functions written in Python. Beside a torch of another build (CUDA and
CPU, as package indexes mix them) torchvision's compiled part does not load, and its import ends at the first operator
that is not there. Naming its operators lets that import go on. None of them is ever called here.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import torch

_libraries: list[torch.library.Library] = []  # what a library defines is gone with it


@cache
def make_importable() -> None:
    """Let `import torchvision` work in this process."""
    spec = find_spec("torchvision")
    assert spec is not None, "requirements-dev.txt brings torchvision"
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    try:
        torch.ops.load_library(folder / "_C.so")  # type: ignore[no-untyped-call]
    except OSError:
        text = (folder / "_meta_registrations.py").read_text(encoding="utf-8")
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in sorted(set(re.findall(r'register_(?:meta|fake)\("(?:torchvision::)?(\w+)"', text))):
            library.define(f"{name}(Tensor given) -> Tensor")  # type: ignore[no-untyped-call]
        _libraries.append(library)
