"""What a worker holds while it loads the unet engine's networks, where that is more than it holds while it fuses. Pure.

Files of weights are mapped, and a part of one counts to the process until what is made of it is ready: the first job
of a small picture peaks there, and the ones after it hundreds of MiB below.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from advisor.forecast import features, lines
from advisor.forecast.kinds import Regime
from advisor.forecast.lines import Sample
from advisor.forecast.model import Line
from fusion.sizing import Workload
from fusion.types import EngineName, Precision

_ABOVE = 1.04  # times what the fusion takes: less is the scatter of that
_WITHIN = 0.02  # of all that is held then, at least: loading is the same each time, and scattered by 1 %
_LEAST = 3  # jobs
_WORKLOADS = 5  # of a kind; through three the line went astray by twice the peak


def telling(rows: Iterable[tuple[Workload, bool]]) -> frozenset[Regime]:
    """Kinds of work of the unet engine that were seen often enough in workers that had loaded its networks for a line
    without the others.

    Args:
        rows: workloads, and whether networks were loaded for each.
    """
    warm = {work for work, is_cold in rows if not is_cold and work.engine == EngineName.UNET}
    counts = Counter(Regime.of(work) for work in warm)
    return frozenset(regime for regime, count in counts.items() if count >= _WORKLOADS)


def fitted(
    cold: Iterable[tuple[Workload, float, float]], rest: int, prior: Mapping[Precision, Line], window: int
) -> dict[Precision, Line]:
    """The lines.

    Args:
        cold: of jobs that loaded networks: their work, their peak, and what the fusion alone was foretold to take.
        prior: what was known.
    """
    groups: dict[Precision, list[Sample]] = defaultdict(list)
    for work, peak, fused in cold:
        if peak > _ABOVE * fused:
            groups[work.precision].append(Sample(features.loading_features(work), peak - rest, peak))
    found = {
        precision: _bounded(samples[-window:], rest, prior.get(precision))
        for precision, samples in groups.items()
        if len(samples) >= _LEAST
    }
    return dict(prior) | found


def _bounded(samples: Collection[Sample], rest: int, known: Line | None) -> Line:
    rows = list(samples)
    line = lines.line(rows, known, of_memory=True)
    off = max(abs(each.scale / (rest + line.at(each.features)) - 1) for each in rows)
    return replace(line, within=max(_WITHIN, off))
