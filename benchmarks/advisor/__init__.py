"""`python -m benchmarks.advisor`: how good the recommendations are."""
