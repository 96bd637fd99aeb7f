"""The log of declarations: kept for six months whatever becomes of the jobs, and then gone from the disk."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from fusion.declared import KEPT_S, LOCAL, NOBODY, Consent, Declaration, Declared
from fusion.storage import App, Archive, Declarations, Records, Store
from fusion.storage.job_row import to_row
from fusion.storage.schema import SCHEMA
from fusion.types import State
from tests.fusion.storage.test_database import found_in
from tests.support.rows import added, job, old_database

BY = "0123456789abcdef" * 2
NOW = 1_764_229_500.0
VISITOR = hashlib.sha256(b"a cookie").hexdigest()


@pytest.fixture
def log(store: Store) -> Declarations:
    return Declarations(store)


def line(at: float, kind: Declared = Declared.LABEL, value: str = "off") -> Declaration:
    return Declaration(at, kind, value, "2026-11", BY)


def test_it_is_empty_before_anything_was_declared_and_a_look_makes_no_file(store: Store, log: Declarations) -> None:
    assert log.listed(now=NOW) == ()
    assert not store.path.exists()


def test_the_newest_comes_first_and_each_kind_can_be_asked_for(log: Declarations) -> None:
    lines = [line(NOW - 5), line(NOW - 9, Declared.REFUSAL, "nsfw"), line(NOW - 1)]
    for each in lines:
        log.add(each)
    assert log.listed(now=NOW) == (lines[2], lines[0], lines[1])
    assert log.listed(Declared.REFUSAL, now=NOW) == (lines[1],)


def test_a_line_is_kept_for_184_days_to_the_second_and_goes_then(log: Declarations) -> None:
    log.add(line(NOW))
    assert log.forget_old(NOW + KEPT_S) == 0
    assert log.listed(now=NOW + KEPT_S) == (line(NOW),)
    assert log.listed(now=NOW + KEPT_S + 1) == ()
    assert log.forget_old(NOW + KEPT_S + 1) == 1
    assert log.listed(now=NOW) == ()


def test_a_line_that_is_forgotten_is_gone_from_the_disk(store: Store, log: Declarations, archive: Archive) -> None:
    log.add(line(NOW, value="a-code-nobody-else-has"))
    assert found_in(store.path.parent, "a-code-nobody-else-has")
    log.forget_old(NOW + KEPT_S + 1)
    archive.scrub()
    assert found_in(store.path.parent, "a-code-nobody-else-has") == []


def test_a_consent_comes_back_with_its_job_and_leaves_a_line_that_outlives_it(
    records: Records, archive: Archive, log: Declarations
) -> None:
    given = Consent(BY, NOW, "2026-11")
    id = added(records, consent=given)
    assert records.get(id).consent == given
    added(records)  # without one there is no line
    archive.delete([id])
    left = Declaration(NOW, Declared.CONSENT, "given", "2026-11", BY, id)
    assert log.listed(now=NOW) == (left,)


def test_a_job_that_is_not_taken_in_leaves_no_line(records: Records, log: Declarations) -> None:
    assert not records.add(job(consent=Consent(BY, NOW)), lambda: False)
    assert log.listed(now=NOW) == ()


def test_a_pseudonym_is_the_same_here_another_elsewhere_and_tells_nothing_of_the_visitor(
    log: Declarations, tmp_path: Path
) -> None:
    first, elsewhere = log.pseudonym(VISITOR), Declarations(Store(tmp_path / "elsewhere" / "fusewise.db"))
    assert log.pseudonym(VISITOR) == first
    assert log.pseudonym("somebody else") != first
    assert elsewhere.pseudonym(VISITOR) != first
    assert first[:8] not in VISITOR
    assert len(first) == 32


@pytest.mark.parametrize("owner", sorted(NOBODY))
def test_where_nobody_tells_people_apart_nothing_is_hashed(log: Declarations, owner: str) -> None:
    assert log.pseudonym(owner) == owner


def test_a_database_of_the_seventh_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    old = job(state=State.QUEUED)
    old_database(path, 7, to_row(old))
    store = Store(path)
    records, log = Records(store, App.this()), Declarations(store)
    assert records.get(old.id).consent is None
    assert log.listed(now=time.time()) == ()
    id = added(records, consent=Consent(LOCAL, NOW))
    assert [each.job for each in log.listed(now=NOW)] == [id]
    with store.read() as now:
        assert now.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
