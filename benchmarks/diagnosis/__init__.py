"""`python -m benchmarks.diagnosis`: how often the diagnosis names the true cause."""
