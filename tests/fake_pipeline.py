"""The name by which `benchmarks/soak/faults.py` asks for the pipeline of `tests.support`."""

from tests.support.fake_pipeline import FakePipeline as FakePipeline
