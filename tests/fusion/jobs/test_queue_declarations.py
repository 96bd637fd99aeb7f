"""The log of the queue: consents come with jobs, survive every deletion, and go after six months by themselves."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion.declared import COMMAND_LINE, KEPT_S, LOCAL, Consent, Declared
from fusion.jobs import DAY_S, Jobs, Query
from fusion.labels import DUTY_WORDING, Label
from fusion.settings import Settings
from fusion.storage import FILE, Store
from tests.support.fixtures.photos import plain
from tests.support.queued import end
from tests.support.waiting import until

VISITOR = "5" * 64


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    jobs = Jobs(tmp_path / "data" / "jobs")
    yield jobs
    jobs.close()


def submitted(queue: Jobs, consent: Consent | None) -> str:
    """A job that stays in the queue, of a batch that is held back."""
    batch = queue.make_batch("held", VISITOR)
    queue.pause(batch)
    return queue.submit(plain(), plain(), Settings(), batch=batch, owner=VISITOR, consent=consent)


def grow_older(queue: Jobs, seconds: float) -> None:
    """As if everything had happened so long ago."""
    with Store(queue.folder.parent / FILE).write() as file:
        file.execute("UPDATE declarations SET at = at - ?", [seconds])
        file.execute("UPDATE jobs SET made = made - ?, ended = COALESCE(ended, made) - ?", [seconds, seconds])


def test_a_consent_is_seen_with_its_job_and_stands_in_the_log(queue: Jobs) -> None:
    consent = queue.consent(VISITOR)
    id = submitted(queue, consent)
    assert queue.view(id).consent == consent
    (line,) = queue.declarations(Declared.CONSENT)
    assert (line.job, line.by, line.at, line.wording) == (id, consent.by, consent.at, consent.wording)
    assert VISITOR not in str(line)


def test_deleting_a_job_or_everything_leaves_the_log(queue: Jobs) -> None:
    first, second = (submitted(queue, queue.consent(VISITOR)) for _ in range(2))
    queue.declare(Declared.LABEL, "off", owner=VISITOR, wording="2026-11")
    queue.delete([first])
    assert len(queue.declarations()) == 3
    queue.purge()
    assert queue.count(Query()) == 0
    assert {line.job for line in queue.declarations(Declared.CONSENT)} == {first, second}
    assert [line.value for line in queue.declarations(Declared.LABEL)] == ["off"]


def test_the_log_goes_after_184_days_and_the_history_which_keeps_for_ever_stays(queue: Jobs) -> None:
    queue.keep_for(None)
    id = submitted(queue, queue.consent(VISITOR))
    grow_older(queue, KEPT_S - DAY_S)
    queue._forget_declarations()
    assert len(queue.declarations()) == 1
    grow_older(queue, 2 * DAY_S)
    queue.declare(Declared.REFUSAL, "nsfw", owner=LOCAL)  # today's stays
    queue._forget_declarations()
    with Store(queue.folder.parent / FILE).read() as file:
        assert file.execute("SELECT kind FROM declarations").fetchall() == [("refusal",)]
    assert queue.view(id).consent is not None


def test_the_history_goes_after_its_days_and_the_log_stays(queue: Jobs) -> None:
    queue.keep_for(1)
    id = submitted(queue, queue.consent(VISITOR))
    queue.cancel(id)
    grow_older(queue, 40 * DAY_S)
    queue._tidy()
    assert queue.count(Query()) == 0
    assert [line.job for line in queue.declarations()] == [id]


def test_an_app_that_runs_forgets_by_itself(queue: Jobs) -> None:
    queue.declare(Declared.LABEL, "off", owner=LOCAL)
    grow_older(queue, KEPT_S + 60)
    queue._clerk.start()

    def is_gone() -> bool:
        with Store(queue.folder.parent / FILE).read() as file:
            return file.execute("SELECT COUNT(*) FROM declarations").fetchone() == (0,)

    until(is_gone)


def test_retrying_keeps_the_consent_and_logs_it_no_second_time(queue: Jobs) -> None:
    consent = queue.consent(VISITOR)
    id = submitted(queue, consent)
    queue.cancel(id)
    queue.retry(id)
    assert queue.view(id).consent == consent
    assert len(queue.declarations()) == 1


def test_a_consent_is_of_now(queue: Jobs) -> None:
    assert abs(queue.consent(LOCAL).at - time.time()) <= 2


def test_an_answer_about_the_label_holds_and_each_one_is_logged(queue: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FUSEWISE_LABEL", raising=False)
    assert queue.label("en").is_open
    for is_drawn in (False, True):
        queue.choose_label(is_drawn, owner=COMMAND_LINE)
    queue.choose_label(False, owner=VISITOR, is_served=True)
    queue.speak_label(Label.ZH)
    assert queue.label("en").label == Label.ZH
    assert queue.label("en", is_served=True).label is None
    logged = queue.declarations(Declared.LABEL)
    assert [(one.value, one.wording) for one in logged] == [(value, DUTY_WORDING) for value in ("off", "on", "off")]
    assert logged[1].by == COMMAND_LINE
    assert VISITOR not in str(logged)


def bytes_of(queue: Jobs) -> bytes:
    """Everything that the database has on the disk, its log included."""
    queue._store.scrub(whole=True)
    return b"".join(file.read_bytes() for file in sorted(queue.folder.parent.glob(f"{FILE}*")))


def test_after_delete_everything_the_database_has_no_name_and_no_hash_and_after_six_months_no_line(
    queue: Jobs,
) -> None:
    """Read byte by byte. The one hash that there may be is the secret behind the pseudonyms."""
    photos, names = (plain(red=1), plain(red=2), plain(red=3)), ("grandmother.jpg", "my-holiday.png")
    hashes = [hashlib.sha256(photo) for photo in photos]
    batch = queue.make_batch("of-grandmother", VISITOR)
    consent = queue.consent(VISITOR)
    given = {"names": names, "others": [("beach.png", photos[2])], "owner": VISITOR, "batch": batch}
    id = queue.submit(photos[0], photos[1], Settings(), consent=consent, **given)  # type: ignore[arg-type]
    queue.declare(Declared.LABEL, "off", owner=VISITOR, wording="2026-11", job=id)
    end(queue, id)
    queue.judge(id, {"passed": True})
    telling = [name.encode() for name in ("grandmother", "holiday", "beach", VISITOR)]
    telling += [each for found in hashes for each in (found.digest(), found.hexdigest().encode())]
    assert any(each in bytes_of(queue) for each in telling)
    queue.purge()
    left = bytes_of(queue)
    assert [each for each in telling if each in left] == []
    with Store(queue.folder.parent / FILE).read() as file:
        (secret,) = file.execute("SELECT value FROM options WHERE name = 'pseudonyms'").fetchone()
    assert set(re.findall(rb"[0-9a-f]{64,}", left)) == {secret.encode()}
    assert consent.by.encode() in left
    assert id.encode() in left
    assert len(queue.declarations()) == 2
    grow_older(queue, KEPT_S + DAY_S)
    queue._forget_declarations()
    left = bytes_of(queue)
    assert consent.by.encode() not in left
    assert id.encode() not in left
