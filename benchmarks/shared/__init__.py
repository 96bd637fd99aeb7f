"""What several benchmarks use: the lines that they write, the machine, scenes, a browser."""
