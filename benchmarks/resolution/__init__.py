"""`python -m benchmarks.resolution`: sizes, stages and enlargers, in seconds, memory and sharpness."""
