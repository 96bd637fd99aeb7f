"""docs/resolution.png: seconds and memory against megapixels, from the newest lines of results/resolution.jsonl."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.screenshot import small_png
from benchmarks.shared import app_driver
from benchmarks.shared.lines import Line, newest, where
from fusion.units import GIB

WIDTH, HEIGHT = 1000, 460
# Blue and orange of Okabe and Ito, told apart by people who do not see red or green; dashes tell the stages apart.
COLOURS = {"landmark": "#0072B2", "unet": "#D55E00"}
NAMES = {"landmark": "landmark engine", "unet": "unet engine"}
DASHES = {"off": "dot", "on": "solid"}
STAGES = {"off": "one stage", "on": "two stages"}
SIDES = (512, 1024, 2048, 4096, 8192)


def draw(path: Path) -> None:
    """Write the picture.

    Raises:
        RuntimeError: there is nothing to show, or no browser to show it in.
    """
    lines = points()
    if not lines:
        raise RuntimeError("nothing is measured yet: run the table first")
    page_text = figure(lines).to_html(include_plotlyjs=True, config={"staticPlot": True})
    with app_driver.chromium() as browser:
        page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2).new_page()
        page.set_content(page_text)
        page.locator(".main-svg").first.wait_for()
        page.evaluate("document.body.style.margin = '0'")
        page.evaluate("document.fonts.ready")
        data = small_png(page.locator(".plotly-graph-div").screenshot())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{path.name}: {len(data) / 1000:.0f} KB")


def points() -> list[Line]:
    """The newest point of each engine, size and number of stages on one device: the one measured last."""
    lines = newest("resolution", "device", "engine", "side", "two_stage", part="point")
    return [line for line in lines if line["device"] == lines[-1]["device"] and "failed" not in line]


def figure(lines: list[Line]) -> go.Figure:
    """Two panels on one scale of megapixels, all axes logarithmic."""
    titles = ("Seconds of the fusion", "Peak memory of the process, GiB")
    made = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.1)
    for engine, name in NAMES.items():
        for two_stage, stages in STAGES.items():
            mine = sorted(_of(lines, engine, two_stage), key=lambda line: int(line["side"]))
            if not mine:
                continue
            megapixels = [line["width"] * line["height"] / 1e6 for line in mine]
            style: dict[str, Any] = {
                "mode": "lines+markers",
                "name": f"{name}, {stages}",
                "line": {"color": COLOURS[engine], "dash": DASHES[two_stage], "width": 2.5},
                "marker": {"size": 7, "symbol": "circle" if two_stage == "on" else "circle-open"},
            }
            made.add_scatter(x=megapixels, y=[line["fusion_s"] for line in mine], row=1, col=1, **style)
            memory = [line["peak_bytes"] / GIB for line in mine]
            made.add_scatter(x=megapixels, y=memory, row=1, col=2, showlegend=False, **style)
    ticks = {"tickvals": [side * side / 1e6 for side in SIDES], "ticktext": [f"{side}²" for side in SIDES]}
    made.update_xaxes(type="log", title="output, px", **ticks)
    made.update_yaxes(type="log", tickvals=[0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128])
    made.update_layout(
        template="plotly_white",
        width=WIDTH,
        height=HEIGHT,
        margin={"l": 55, "r": 20, "t": 40, "b": 115},
        legend={"orientation": "h", "y": -0.21, "x": 0.5, "xanchor": "center"},
        font={"family": "Liberation Sans, Arial, sans-serif", "size": 13},
    )
    made.add_annotation(
        text=f"{where(lines[-1])}; face 45 % of the width", xref="paper", yref="paper", x=1, y=-0.37, showarrow=False,
        font={"size": 11, "color": "#666"},
    )  # fmt: skip
    return made


def _of(lines: list[Line], engine: str, two_stage: str) -> list[Line]:
    return [line for line in lines if line["engine"] == engine and line["two_stage"] == two_stage]
