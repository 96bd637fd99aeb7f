"""How long, and how much, the history keeps. Standard library."""

from __future__ import annotations

from fusion.storage import Archive

DAY_S = 86_400.0
TRY_S = 3_600.0  # so long a try is kept that nobody has taken away
_DAYS = "history_days"
_FOR_EVER = "for ever"


class Retention:
    """How long, and how much, the history keeps.

    Args:
        archive: the history.
        days: for how many days, where nobody has chosen otherwise.
        most_bytes: of results; beyond it the oldest go.
    """

    def __init__(self, archive: Archive, days: int, most_bytes: int) -> None:
        self._archive = archive
        self._days = days
        self.most_bytes = most_bytes

    @property
    def days(self) -> int | None:
        """None: for ever."""
        chosen = self._archive.option(_DAYS)
        if chosen is None:
            return self._days
        return None if chosen == _FOR_EVER else int(chosen)

    def choose(self, days: int | None) -> None:
        """Keep for so many days from now on."""
        self._archive.choose(_DAYS, _FOR_EVER if days is None else str(days))

    def spent(self, now: float) -> tuple[str, ...]:
        """Ids of jobs that have been kept for long enough.

        Args:
            now: seconds since the epoch.
        """
        jobs = [job for job in self._archive.kept() if job.is_ended]
        days = self.days
        spent = {
            job.id
            for job in jobs
            if (days is not None and now - job.when > days * DAY_S) or (job.is_try and now - job.when > TRY_S)
        }
        left = sum(job.bytes for job in jobs if job.id not in spent)
        for job in jobs:  # the oldest first
            if left <= self.most_bytes:
                break
            if job.id not in spent and job.bytes:
                spent.add(job.id)
                left -= job.bytes
        return tuple(spent)
