"""`python -m benchmarks.all`: every row of the table of speed."""
