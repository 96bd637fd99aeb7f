"""Every figure that the README states has its script here, and its runs in `results/`."""
