"""Which PyTorch is installed, read from its files: whoever asks need not load it."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fusion.torch_build.builds import BUILDS

_X86 = ("x86_64", "amd64")  # the processors whose builds are in the table


@dataclass(frozen=True, slots=True)
class Installed:
    """A PyTorch that is installed.

    Attributes:
        version: such as "2.13.0+cu130".
        cuda: what it is built for, such as "13.0"; None for a build without.
    """

    version: str
    cuda: str | None

    @property
    def architectures(self) -> tuple[str, ...]:
        """Those that it has code for, by the table of builds; () where it is none of these, or has no code for cards.

        Only torch itself knows for sure (`torch.cuda.get_arch_list()`): the worker goes by that.
        """
        release = self.version.partition("+")[0].split(".")[:2]
        if release != ["2", "13"] or platform.machine().lower() not in _X86:
            return ()
        return next((build.architectures for build in BUILDS if build.cuda == self.cuda), ())


def installed() -> Installed | None:
    """The PyTorch that Python would load; None where there is none, or its files cannot be read."""
    spec = find_spec("torch")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    try:
        text = (Path(folders[0]) / "version.py").read_text(encoding="utf-8") if folders else None
    except OSError:
        return None
    return None if text is None else Installed(_named(text, "__version__") or "", _named(text, "cuda"))


def _named(text: str, name: str) -> str | None:
    """What a `torch/version.py` says of a name, as in `cuda: Optional[str] = '13.0'`."""
    found = re.search(rf"""^{name}\b[^=\n]*=\s*['"]([^'"]*)['"]""", text, re.MULTILINE)
    return found[1] if found else None
