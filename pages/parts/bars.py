"""A bar that is split into parts, and the words that say the same. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pages.parts.charts import FREE, OTHERS, OURS

_STRIPES = "repeating-linear-gradient(45deg, {0}, {0} 3px, transparent 3px, transparent 6px)"
_DOTS = "radial-gradient({0} 25%, transparent 26%) 0 0 / 6px 6px"
SOLID, STRIPED, DOTTED, EMPTY = OURS, _STRIPES.format(OTHERS), _DOTS.format(FREE), "transparent"
_EDGE = "1px solid rgba(128, 128, 140, 0.6)"
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bar.

    Attributes:
        label: what it is and how much, in words.
        ground: how it is filled; one of the constants above.
    """

    label: str
    size_bytes: int
    ground: str


def bar(parts: Sequence[Part], title: str) -> str:
    """HTML: the bar, which says everything to who does not see it, and below it each part with its pattern."""
    whole = sum(max(0, part.size_bytes) for part in parts) or 1
    shown = [part for part in parts if part.size_bytes > 0]
    said = f"{title}: " + ", ".join(part.label for part in shown)
    pieces = "".join(
        f'<div style="width:{100 * part.size_bytes / whole:.2f}%;background:{part.ground}"></div>' for part in shown
    )
    legend = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:0.8em;height:0.8em;'
        f'border:{_EDGE};border-radius:2px;background:{part.ground}"></span> {escape(part.label)}</span>'
        for part in shown
    )
    return (
        f'<div role="img" aria-label="{escape(said)}" style="display:flex;height:1.1rem;border:{_EDGE};'
        f'border-radius:0.35rem;overflow:hidden">{pieces}</div>'
        f'<div aria-hidden="true" style="display:flex;flex-wrap:wrap;gap:0.1rem 1rem;margin-top:0.35rem;'
        f'font-size:0.875rem">{legend}</div>'
    )


def gib(count: int) -> str:
    """Bytes as GiB, with as many digits as say something."""
    return f"{count / _GIB:.1f}"


def in_gib(count: int) -> str:
    """The same with its unit."""
    return f"{gib(count)} GiB"
