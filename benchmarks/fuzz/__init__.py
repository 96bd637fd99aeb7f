"""`python -m benchmarks.fuzz`: damaged files against every reader."""
