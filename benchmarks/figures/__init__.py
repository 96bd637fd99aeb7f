"""`python -m benchmarks.figures`: the page of figures, written from the results."""
