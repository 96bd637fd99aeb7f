"""The name by which `benchmarks/_diagnosis_jobs.py` asks for a job of `tests.support`."""

from tests.support.fixtures_environment import job as job
