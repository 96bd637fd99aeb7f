"""The name by which `benchmarks/diagnosis/jobs.py` asks for a job of `tests.support`."""

from tests.support.fixtures_environment import job as job
