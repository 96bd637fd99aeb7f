"""The last five minutes as plotly figures: what is drawn, not how it comes to the page. No Streamlit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go

from advisor.device import HostSample, Sample, monitor
from fusion.units import GIB
from pages.parts.i18n import Words

HEIGHT = 170  # px
CONFIG = {"displayModeBar": False}
# Each is seen on a light ground and on a dark one, and each has a dash or a pattern of its own besides.
OURS, OTHERS, WARM, FREE = "#178f84", "#c77c1e", "#c2553d", "#8d8d9b"
_SHADE = "rgba(128, 128, 160, 0.3)"
_LEAST_S = 2.0  # of a job's shade: what took a moment is seen too
_MINUTES = (-5, -3, -1)


class Span(Protocol):
    """When a job ran, in seconds since 1970; `ended` is None while it does."""

    @property
    def started(self) -> float: ...
    @property
    def ended(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One of a chart's lines.

    Attributes:
        values: one for each sample; None where it is not known.
        pattern: of the ground below it, where lines are stacked.
        on_right: whether it has the axis on the right.
    """

    name: str
    values: Sequence[float | None]
    colour: str
    unit: str
    dash: str = "solid"
    pattern: str | None = None
    on_right: bool = False


def card_memory(say: Words, samples: Sequence[Sample], key: str, spans: Sequence[Span]) -> go.Figure:
    """Ours and others', stacked up to all that the card has."""
    total = max((card.total_bytes or 0 for card in _of(samples, key) if card), default=0)
    values = _each(_of(samples, key))
    lines = [
        Line(say("gpu.ours"), values(lambda card: _gib(card.ours_bytes)), OURS, "GiB", pattern=""),
        Line(say("gpu.others"), values(lambda card: _gib(card.others_bytes)), OTHERS, "GiB", pattern="/"),
    ]
    return _figure(say, samples, lines, spans, top=total / GIB)


def card_load(say: Words, samples: Sequence[Sample], key: str, spans: Sequence[Span]) -> go.Figure:
    """How busy the card was."""
    values = _each(_of(samples, key))(lambda card: _percent(card.utilisation))
    return _figure(say, samples, [Line(say("gpu.busy"), values, OURS, "%")], spans, top=100)


def card_heat(say: Words, samples: Sequence[Sample], key: str, spans: Sequence[Span], limit_w: float) -> go.Figure:
    """Temperature on the left, power on the right."""
    values = _each(_of(samples, key))
    lines = [
        Line(say("gpu.temperature"), values(lambda card: card.temperature_c), WARM, "°C"),
        Line(say("gpu.power"), values(lambda card: card.power_w), FREE, "W", dash="dot", on_right=True),
    ]
    return _figure(say, samples, lines, spans, top=100, right=limit_w)


def host_memory(say: Words, samples: Sequence[Sample], spans: Sequence[Span]) -> go.Figure:
    """The worker's and everybody else's, stacked up to all that the machine has."""
    hosts = [sample.host for sample in samples]
    lines = [
        Line(say("gpu.ours"), [_gib(host.ours_bytes) for host in hosts], OURS, "GiB", pattern=""),
        Line(say("gpu.others"), [_gib(host.others_bytes) for host in hosts], OTHERS, "GiB", pattern="/"),
    ]
    return _figure(say, samples, lines, spans, top=max((host.total_bytes for host in hosts), default=0) / GIB)


def host_load(say: Words, samples: Sequence[Sample], spans: Sequence[Span]) -> go.Figure:
    """How busy all cores together were, and the busiest one."""
    hosts: list[HostSample] = [sample.host for sample in samples]
    lines = [
        Line(say("gpu.cores_all"), [100 * host.busy for host in hosts], OURS, "%"),
        Line(say("gpu.cores_most"), [100 * max(host.cores, default=0.0) for host in hosts], FREE, "%", dash="dot"),
    ]
    return _figure(say, samples, lines, spans, top=100)


def _figure(
    say: Words, samples: Sequence[Sample], lines: Sequence[Line], spans: Sequence[Span], top: float, right: float = 0
) -> go.Figure:
    now = samples[-1].taken_s
    ago = np.array([sample.taken_s - now for sample in samples], np.float32)
    layout: dict[str, Any] = {
        "height": HEIGHT,
        "uirevision": "kept",
        "hovermode": "x unified",
        "showlegend": len(lines) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}},
        "margin": {"l": 40, "r": 40 if right else 14, "t": 24, "b": 26},
        "xaxis": _time_axis(say),
        "yaxis": {"range": [0, top or 1], "fixedrange": True, "nticks": 4, "rangemode": "tozero"},
    }
    if right:
        layout["yaxis2"] = {
            "range": [0, right],
            "overlaying": "y",
            "side": "right",
            "fixedrange": True,
            "nticks": 4,
            "showgrid": False,
        }
    data = [*_jobs(spans, now, top or 1), *(_trace(line, ago) for line in lines)]
    return go.Figure({"data": data, "layout": layout})


def _trace(line: Line, ago: np.ndarray) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": line.name,
        "x": ago,
        "y": np.array([math.nan if value is None else value for value in line.values], np.float32),
        "line": {"color": line.colour, "width": 1.5, "dash": line.dash},
        "hovertemplate": f"%{{y:.1f}} {line.unit}",
    }
    if line.on_right:
        trace["yaxis"] = "y2"
    if line.pattern is not None:
        fill = {"shape": line.pattern, "fgcolor": line.colour, "bgcolor": "rgba(0, 0, 0, 0)", "size": 6}
        trace |= {"stackgroup": "all", "fillpattern": fill} if line.pattern else {"stackgroup": "all"}
    return trace


def _time_axis(say: Words) -> dict[str, Any]:
    return {
        "range": [-monitor.KEPT_S, 0],
        "fixedrange": True,
        "tickangle": 0,
        "tickvals": [*(60 * minute for minute in _MINUTES), 0],
        "ticktext": [*(say("gpu.minutes_ago", minutes=-minute) for minute in _MINUTES), say("gpu.now")],
        "hoverformat": ".0f",
        "ticksuffix": " s",
    }


def _jobs(spans: Sequence[Span], now: float, top: float) -> list[dict[str, Any]]:
    """When jobs ran, as one trace: shapes of their own would cost more than all the rest of the chart."""
    x: list[float] = []
    y: list[float] = []
    for span in spans:
        start = min(max(-monitor.KEPT_S, span.started - now), -_LEAST_S)
        end = 0.0 if span.ended is None else min(0.0, max(span.ended - now, start + _LEAST_S))
        if end > start:
            x += [start, start, end, end]
            y += [0, top, top, 0]
    if not x:
        return []
    ground = {"fill": "tozeroy", "fillcolor": _SHADE, "line": {"width": 0}, "hoverinfo": "skip"}
    return [{"type": "scatter", "mode": "lines", "showlegend": False, "x": x, "y": y} | ground]


def _of(samples: Sequence[Sample], key: str) -> list[monitor.CardSample | None]:
    return [sample.card(key) for sample in samples]


def _each(
    cards: Sequence[monitor.CardSample | None],
) -> Callable[[Callable[[monitor.CardSample], float | None]], list[float | None]]:
    return lambda value: [None if card is None else value(card) for card in cards]


def _gib(count: int | None) -> float | None:
    return None if count is None else count / GIB


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
