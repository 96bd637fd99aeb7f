"""`python -m benchmarks.monitor`: what the monitor of the machine costs."""
