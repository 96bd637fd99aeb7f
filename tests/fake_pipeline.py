"""The name by which `benchmarks/_soak_faults.py` asks for the pipeline of `tests.support`."""

from tests.support.fake_pipeline import FakePipeline as FakePipeline
