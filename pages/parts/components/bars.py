"""A bar that is split into parts with the words that say the same, and a table: as HTML. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from fusion.units import GIB
from pages.parts.components.charts import FREE, OTHERS, OURS

_STRIPES = "repeating-linear-gradient(45deg, {0}, {0} 3px, transparent 3px, transparent 6px)"
_DOTS = "radial-gradient({0} 25%, transparent 26%) 0 0 / 6px 6px"
SOLID, STRIPED, DOTTED, EMPTY = OURS, _STRIPES.format(OTHERS), _DOTS.format(FREE), "transparent"
_EDGE = "1px solid rgba(128, 128, 140, 0.6)"


class Html(str):
    """A cell of a table that is HTML already: whatever came from outside is escaped in it."""

    __slots__ = ()


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
    shown = [part for part in parts if part.size_bytes > 0]
    said = f"{title}: " + ", ".join(part.label for part in shown)
    legend = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:0.8em;height:0.8em;'
        f'border:{_EDGE};border-radius:2px;background:{part.ground}"></span> {escape(part.label)}</span>'
        for part in shown
    )
    return (
        f'<div role="img" aria-label="{escape(said)}" style="display:flex;height:1.1rem;border:{_EDGE};'
        f'border-radius:0.35rem;overflow:hidden">{_pieces(shown)}</div>'
        f'<div aria-hidden="true" style="display:flex;flex-wrap:wrap;gap:0.1rem 1rem;margin-top:0.35rem;'
        f'font-size:0.875rem">{legend}</div>'
    )


def thin(parts: Sequence[Part]) -> str:
    """HTML: the bar alone, for a row of a table that says its numbers beside it."""
    shown = [part for part in parts if part.size_bytes > 0]
    return (
        f'<div aria-hidden="true" style="display:flex;height:0.5rem;min-width:7rem;margin:0.2rem 0;border:{_EDGE};'
        f'border-radius:0.25rem;overflow:hidden">{_pieces(shown)}</div>'
    )


def _pieces(shown: Sequence[Part]) -> str:
    whole = sum(part.size_bytes for part in shown) or 1
    return "".join(
        f'<div style="width:{100 * part.size_bytes / whole:.2f}%;background:{part.ground}"></div>' for part in shown
    )


def table(rows: Sequence[Mapping[str, str]], *, is_broken: bool = True) -> str:
    """HTML: rows by the names of their columns, scrolled where they are too wide. What is in them is text or `Html`.

    `st.table` would load pandas for it, and a table in markdown widens a narrow page.

    Args:
        is_broken: whether a cell may take several lines, rather than the table be scrolled sideways.
    """
    space = "normal" if is_broken else "nowrap"
    cell = f'style="text-align:left;padding:0.3rem 0.6rem;border:{_EDGE};font-weight:inherit;white-space:{space}"'
    heads = "".join(f'<th scope="col" {cell}>{escape(name)}</th>' for name in rows[0])
    lines = "".join(f"<tr>{''.join(f'<td {cell}>{_inner(value)}</td>' for value in row.values())}</tr>" for row in rows)
    return (
        '<div tabindex="0" style="overflow-x:auto"><table style="border-collapse:collapse;font-size:0.875rem;'
        f'width:100%"><thead style="opacity:0.75"><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _inner(value: str) -> str:
    return value if isinstance(value, Html) else escape(value)


def gib(count: int) -> str:
    """Bytes as GiB, with as many digits as say something."""
    return f"{count / GIB:.1f}"


def in_gib(count: int) -> str:
    """The same with its unit."""
    return f"{gib(count)} GiB"
