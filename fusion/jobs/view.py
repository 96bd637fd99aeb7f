"""A job as pages and command lines see it. Standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from fusion.declared import Consent
from fusion.errors import Exit, FusionError
from fusion.facts import Facts
from fusion.memory import Step
from fusion.settings import Settings
from fusion.sizing import Measurement
from fusion.storage import Record
from fusion.types import AGAIN, Progress, SourcePhoto, State

OUTPUT, BEFORE = "output.png", "before.png"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job made: two PNG files, the facts that `--json` prints, and the recipe.

    `before` is the target at the size of `output`, or of it the part that `facts.region` names (`photos.stored`).
    """

    output: Path
    before: Path
    facts: Facts
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it is now.

    Attributes:
        settings: as asked for; what was given up since is in `steps`.
        number: the order in which jobs came.
        owner, batch: whose it is, and which batch it belongs to.
        target_name, source_name: of the photos' files, as they were uploaded; "" where unknown.
        others: further photos of the source's person.
        made, started, ended: seconds since the epoch.
        deaths: of workers over it, in a row.
        expected_s: what a forecast said that it takes.
        outcome, measurement: of a job that is done.
        verdict: what a check of its result came to; None before there was one.
        error: why it failed, was cancelled or interrupted.
        consent: that was given with it; None where none was asked for.
        discarded: when somebody threw it away; it can be taken back for a while. None of all others.
    """

    id: str
    settings: Settings
    progress: Progress
    outcome: Outcome | None = None
    error: FusionError | None = None
    number: int = 0
    owner: str = ""
    batch: str | None = None
    target_name: str = ""
    source_name: str = ""
    target_sha256: str = ""
    source_sha256: str = ""
    made: float = 0.0
    started: float | None = None
    ended: float | None = None
    deaths: int = 0
    steps: tuple[Step, ...] = ()
    measurement: Measurement | None = None
    expected_s: float | None = None
    verdict: Mapping[str, Any] | None = None
    others: tuple[SourcePhoto, ...] = ()
    consent: Consent | None = None
    discarded: float | None = None

    @property
    def can_be_retried(self) -> bool:
        """Whether it came to no end, has its photos still, and might fare better: a photo without a face has none."""
        is_hopeless = self.error is not None and self.error.exit == Exit.BAD_INPUT
        return self.progress.state in AGAIN and bool(self.target_sha256) and not is_hopeless

    @property
    def sources(self) -> tuple[SourcePhoto, ...]:
        """All source photos, in their order."""
        return SourcePhoto(self.source_sha256, self.source_name), *self.others

    @property
    def used_source(self) -> SourcePhoto:
        """Of several source photos the one that was used, or the first of those that were; the first before the end."""
        return self.sources[self.outcome.facts.source_index if self.outcome else 0]

    def to_json(self) -> dict[str, Any]:
        """The job as programs are told of it."""
        cost, facts = self.measurement, self.outcome and self.outcome.facts
        judged, found, looked = facts and facts.suitability, facts and facts.likeness, facts and facts.inspection
        return {
            "id": self.id,
            "number": self.number,
            "batch": self.batch,
            "state": str(self.progress.state),
            "target": self.target_name,
            "source": self.source_name,
            "sources": [self._told(photo) for photo in self.sources],
            "made": self.made,
            "started": self.started,
            "ended": self.ended,
            "seconds": cost and round(cost.seconds, 4),
            "peak_bytes": cost and cost.peak_bytes,
            "likeness": found and {"source": found.source, "target": found.target},
            "steps": [step.to_json() for step in self.steps],
            "settings": self.settings.to_json(),
            "error": self.error and self.error.told(),
            "verdict": judged and str(judged.verdict),
            "suitability": judged and judged.to_json(),
            "inspection": looked and looked.to_json(),
            "notices": [notice.to_json() for notice in facts.notices] if facts else [],
            "consent": self.consent and self.consent.to_json(),
        }

    def _told(self, photo: SourcePhoto) -> dict[str, Any]:
        """A source photo, and whether it was the one that was used, or among those; None before the job is done."""
        known = {} if self.outcome is None else {one.sha256: one.use.is_used for one in self.outcome.facts.sources}
        return {"name": photo.name, "sha256": photo.sha256, "used": known.get(photo.sha256)}


_SHARED = {field.name for field in fields(JobView)} & {field.name for field in fields(Record)}


def view_of(record: Record, folder: Path, live: Progress | None) -> JobView:
    """The view of a record.

    Args:
        folder: where the job's results are.
        live: how far it is, if it runs here.
    """
    done = record.state == State.DONE
    outcome = None
    if done and record.facts is not None and record.recipe is not None:
        outcome = Outcome(folder / OUTPUT, folder / BEFORE, record.facts, record.recipe)
    return JobView(
        progress=live if live and not done else Progress(record.state, fraction=1.0 if done else 0.0),
        outcome=outcome,
        target_sha256=record.target,
        source_sha256=record.source,
        **{name: getattr(record, name) for name in _SHARED},
    )
