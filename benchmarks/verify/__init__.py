"""`python -m benchmarks.verify`: files of mixed origin, and what `verify` says of them."""
