"""Every figure in docs/benchmarks.md has its script here, and its runs in `results/`."""
