"""`python -m benchmarks.unet`: the unet engine beside ModelScope's own pipeline."""
