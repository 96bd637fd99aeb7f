"""`python -m benchmarks.soak`: the queue and the app for hours, with faults and many visitors."""
