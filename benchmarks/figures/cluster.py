"""Figures of other machines: what a node adds to a job, what a second one brings, and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.shared.lines import newest, where


def cluster() -> str:
    """The newest run."""
    found = newest("cluster")
    if not found:
        return ""
    line = found[-1]
    told, limits = line["machine"]["load_1m"], "60 ms added at most, 1.8 × the throughput, no job lost"
    return (
        f"Nodes of a Ray cluster, all on one machine, with a pipeline that only waits ({where(line)}, Ray "
        f"{line['ray']}, load before {told:.1f}, `benchmarks/cluster.py`; aimed at: {limits}): a job of no work and "
        f"small photos takes {line['node_ms']:.0f} ms on a node and {line['local_ms']:.0f} ms by the local worker, "
        f"**{line['overhead_ms']:.0f} ms added** (medians of {line['n']}, in turns). {line['n']} jobs that wait half a "
        f"second each take {line['one_node_s']:.1f} s on one node and {line['two_nodes_s']:.1f} s on two: "
        f"**{line['times']:.2f} ×**{_fused(line)}. Of {line['jobs']} jobs, while a node was lost and a worker killed, "
        f"**{line['lost']} were lost**.\n"
    )


def _fused(line: Mapping[str, Any]) -> str:
    """What real fusions take, where a run has measured it: workers on one machine share its cores."""
    if "fused_local_s" not in line:
        return ""
    local, one, two = (line[f"fused_{name}_s"] for name in ("local", "one_node", "two_nodes"))
    return (
        f"; {line['fusions']} real fusions of the sample photos (landmark) {local:.1f} s by the local worker, "
        f"{one:.1f} s on one node and {two:.1f} s on two, **{one / two:.2f} ×**, since all share one machine's cores"
    )
