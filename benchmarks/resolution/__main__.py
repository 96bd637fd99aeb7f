"""Seconds and peak memory against output pixels, for both engines, in one stage and in two; and what two stages gain.

    python -m benchmarks.resolution                        the table: one fresh process for each point
    python -m benchmarks.resolution --memory               two stages at 4096² against a 1024 run
    python -m benchmarks.resolution --limit                8192² in an address space of 4 GiB
    python -m benchmarks.resolution --whole                files to files at 4096², landmark engine
    python -m benchmarks.resolution --sharpness [PHOTO …]  sharpness, identity and halo of faces at 4096
    python -m benchmarks.resolution --sharpening [PHOTO …] three ways to sharpen, by their halo
    python -m benchmarks.resolution --plot                 docs/resolution.png from the results

The table's photos are painted, 2000 px, with the face 45 % of the width, and where it is is known: finding it is in no
figure but those of --whole. With --weights FOLDER, or --make-weights, the unet engine is measured too. Lines go to
results/resolution.jsonl.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.resolution import checks
from benchmarks.resolution.checks import Bench
from benchmarks.shared.weights import weights

SIDES = (512, 1024, 2048, 3072, 4096, 6144, 8192)


def _arguments() -> argparse.Namespace:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="the unet model's folder")
    parser.add_argument("--make-weights", action="store_true", help="random weights for the unet engine, made for now")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=("cpu", "cuda"))
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each (3)")
    parser.add_argument("--sides", type=int, nargs="+", default=list(SIDES), help="of the output, px")
    parser.add_argument("--stages", nargs="+", default=["off", "on"], choices=("off", "on"), help="two-stage")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds after which a process is given up (900)")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--limit", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--sharpness", nargs="*", type=Path, metavar="PHOTO")
    parser.add_argument("--pairs", type=int, default=6, help="of portraits at most, for --sharpness (6)")
    parser.add_argument("--ratio", type=float, default=1.0, help="for --sharpness (1)")
    parser.add_argument("--close", action="store_true", help="for --sharpness: cut targets close to the face first")
    parser.add_argument("--look", type=Path, metavar="FOLDER", help="keep the crops that --sharpness judges there")
    parser.add_argument("--sharpening", nargs="*", type=Path, metavar="PHOTO")
    parser.add_argument("--plot", nargs="?", type=Path, const=Path("docs/resolution.png"), metavar="FILE")
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    given = _arguments()
    if given.plot:
        from benchmarks.resolution import plot

        plot.draw(given.plot)
        return
    if given.sharpness is not None:
        from benchmarks.resolution import sharpness

        sharpness.measure(given.sharpness, given.pairs, given.ratio, given.close, given.look)
        return
    if given.sharpening is not None:
        from benchmarks.resolution import sharpening

        sharpening.measure(given.sharpening)
        return
    with weights(given.weights, make=given.make_weights) as folder:
        bench = Bench(given.device, str(folder or ""), given.runs, given.timeout)
        if given.memory:
            checks.memory(bench)
        if given.limit:
            checks.limit(bench)
        if given.whole:
            checks.whole(bench)
        if not (given.memory or given.limit or given.whole):
            checks.table(bench, given.sides, given.stages)


if __name__ == "__main__":
    main()
