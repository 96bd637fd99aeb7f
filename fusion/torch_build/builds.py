"""What each build of PyTorch carries, and on which cards that runs. Pure.

The table is of PyTorch 2.13 for x86_64: PYTORCH_RELEASES_CODE_CC in its own torch/cuda/__init__.py, to which a test
holds it; RELEASE.md of pytorch/pytorch and the announcements behind it (issues #157517, #178665, #190355) say the same.
Builds for CUDA 13 begin with Turing, as CUDA 13 does; 12.6 is the last that has Maxwell, Pascal and Volta, until 2.15.
The package index has the build for CUDA 13.0.

What runs where is NVIDIA's "CUDA C++ Programming Guide", "Binary Compatibility" and "PTX Compatibility": machine code
for X.y runs on X.z where z >= y, and on no other major number; PTX for X.y is compiled by the driver for whatever came
with it or after it. Within one major version of CUDA any driver runs any minor one ("CUDA Compatibility").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

Capability = tuple[int, int]  # CUDA's compute capability, (major, minor)

RELEASE = "2.13.0"  # whose builds the table has: what the requirements pin
INDEX = "https://download.pytorch.org/whl/"
CPU = "cpu"  # the processor's build, as its index is called


@dataclass(frozen=True, slots=True)
class Build:
    """A build for NVIDIA's cards.

    Attributes:
        name: of its index.
        cuda: what it is built for, such as "12.6".
        architectures: as `torch.cuda.get_arch_list()` has them.
    """

    name: str
    cuda: str
    architectures: tuple[str, ...]

    @property
    def major(self) -> int:
        """Of its CUDA: a driver must know that."""
        return int(self.cuda.partition(".")[0])

    def runs_on(self, capability: Capability) -> bool:
        """Whether it has code for such a card."""
        return runs_on(self.architectures, capability)


_SINCE_TURING = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")
# The preferred one first. The first is the package index's own.
BUILDS = (
    Build("cu130", "13.0", (*_SINCE_TURING, "compute_120")),
    Build("cu129", "12.9", _SINCE_TURING),
    Build("cu126", "12.6", ("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90")),
)


def runs_on(architectures: Iterable[str], capability: Capability) -> bool:
    """Whether a build with these architectures has code for a card.

    Args:
        architectures: as `torch.cuda.get_arch_list()` has them, such as "sm_86", "sm_90a" or "compute_120". Where there
            are none, nothing is known, and nothing speaks against it.
    """
    listed = tuple(architectures)
    return not listed or any(_serves(each, capability) for each in listed)


def _serves(architecture: str, capability: Capability) -> bool:
    found = re.fullmatch(r"(sm|compute)_(\d+)(\d)([af]?)", architecture)
    if found is None:
        return False
    built = (int(found[2]), int(found[3]))
    if found[4] == "a":  # for that one alone, as code and as PTX
        return capability == built
    same_major = capability[0] == built[0]
    return capability >= built and (same_major or (found[1] == "compute" and not found[4]))
