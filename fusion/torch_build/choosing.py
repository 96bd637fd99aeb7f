"""Which build of PyTorch runs on a machine, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.torch_build.builds import BUILDS, CPU, INDEX, Build, Capability
from fusion.torch_build.cards import Card, Driver

_TEGRA = "NVIDIA's PyTorch for Jetson comes from NVIDIA: name its index with TORCH_INDEX (docs/installation.md)"


@dataclass(frozen=True, slots=True)
class System:
    """What a machine is.

    Attributes:
        name: as `platform.system()` has it. `machine`: as `platform.machine()` has it.
        is_jetson: whether it is one of NVIDIA's boards whose processor and card are one.
    """

    name: str
    machine: str
    is_jetson: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What to install.

    Attributes:
        index: where it comes from; "" for the package index's own build.
        what, why: for whoever reads the terminal: the build, and the reason for it.
        advice: what to do that more cards can be used; "" where there is nothing.
    """

    index: str
    what: str
    why: str
    advice: str = ""

    @property
    def text(self) -> str:
        """A line, or two."""
        return f"PyTorch: {self.what}: {self.why}." + (f"\n         {self.advice}." if self.advice else "")


def choose(system: System, driver: Driver) -> Choice:
    """The build for a machine."""
    if system.is_jetson:
        return _own("this is a Jetson, whose card that build may not know", _TEGRA)
    if system.name != "Linux" or system.machine != "x86_64":
        return _own(f"for {system.name} on {system.machine} nothing else is chosen here")
    if not driver.is_there:
        return _processors("there is no NVIDIA driver")
    if driver.trouble:
        return _own(
            f"an NVIDIA driver is installed, but tells nothing of its cards ({driver.trouble})",
            "Without a card, a smaller download: make setup TORCH_INDEX=" + INDEX + CPU,
        )
    if not driver.cards:
        return _processors("the NVIDIA driver finds no card")
    return _for_cards(driver)


def _for_cards(driver: Driver) -> Choice:
    if not any(build.runs_on(card.capability) for build in BUILDS for card in driver.cards):
        return _processors(f"{_told(driver.cards)}: no build of PyTorch runs on that any more")
    found = _best([build for build in BUILDS if build.major <= driver.cuda[0]], driver.cards)
    if found is not None:
        return _taken(found, driver)
    wanted = _best(list(BUILDS), driver.cards)
    assert wanted is not None, "some build runs on some card"
    advice = (
        f"Install a driver for CUDA {_oldest(driver.cards)} and run make setup again; until then the processor computes"
    )
    return Choice(*_place(wanted), _why(driver), advice)


def _best(builds: list[Build], cards: tuple[Card, ...]) -> Build | None:
    """The first that runs on all of them, else on as new a one as possible; None where none runs on any."""

    def rank(build: Build) -> tuple[bool, list[Capability]]:
        served = sorted((card.capability for card in cards if build.runs_on(card.capability)), reverse=True)
        return len(served) == len(cards), served

    found = max(builds, key=rank, default=None)
    return found if found is not None and rank(found)[1] else None


def _taken(build: Build, driver: Driver) -> Choice:
    left = tuple(card for card in driver.cards if not build.runs_on(card.capability))
    return Choice(*_place(build), _why(driver), _left_out(left, driver) if left else "")


def _left_out(left: tuple[Card, ...], driver: Driver) -> str:
    """What to do about cards that the chosen build does not run on."""
    other = _best(list(BUILDS), left)
    if other is None:
        how = "no build runs on that any more"
    elif other.major <= driver.cuda[0]:
        how = f"to use that instead: make setup TORCH_INDEX={INDEX}{other.name}"
    else:
        how = f"to use that: a driver for CUDA {other.major}, and make setup again"
    return f"It has no code for {_told(left)}, which is left alone; {how}"


def _place(build: Build) -> tuple[str, str]:
    """Where a build comes from, and what it is called."""
    if build is BUILDS[0]:
        return "", f"the package index's own build, for CUDA {build.cuda}"
    return INDEX + build.name, f"the build for CUDA {build.cuda} ({build.name})"


def _oldest(cards: tuple[Card, ...]) -> int:
    """The CUDA that a driver must know at least, for a build that runs on one of these cards."""
    return min(build.major for build in BUILDS if any(build.runs_on(card.capability) for card in cards))


def _own(why: str, advice: str = "") -> Choice:
    return Choice("", "the package index's own build", why, advice)


def _processors(why: str) -> Choice:
    return Choice(INDEX + CPU, "the build for processors, the smallest", why)


def _told(cards: tuple[Card, ...]) -> str:
    """Each kind once, with its compute capability."""
    return " and ".join(dict.fromkeys(f"{card.name} ({card.capability[0]}.{card.capability[1]})" for card in cards))


def _why(driver: Driver) -> str:
    return f"{_told(driver.cards)}, with a driver for CUDA {'.'.join(map(str, driver.cuda))}"
