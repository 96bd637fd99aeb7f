"""The tables of the database, as the SQL that brings an older one up to date. Standard library."""

from __future__ import annotations


def _by_size(column: str, at: str) -> str:
    """Marks an index of a face as what it was chosen as, a rank in size. Texts that are no JSON stay as they are."""
    marked = f"json_object('by_size', json_extract({column}, '{at}'))"
    return (
        f"UPDATE jobs SET {column} = json_set({column}, '{at}', {marked}) WHERE "
        f"CASE WHEN json_valid({column}) THEN json_type({column}, '{at}') = 'integer' ELSE 0 END"
    )


# What brings a file of the version before to version 1, 2, ... Never change one that has been published: add another.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE IF NOT EXISTS measurements "
        "(id INTEGER PRIMARY KEY AUTOINCREMENT, made TEXT NOT NULL, device TEXT NOT NULL, body TEXT NOT NULL)",
    ),
    (
        """CREATE TABLE jobs (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL, priority INTEGER NOT NULL, owner TEXT NOT NULL, batch TEXT, app TEXT, wish TEXT,
            settings TEXT NOT NULL, engine TEXT NOT NULL,
            target TEXT NOT NULL, source TEXT NOT NULL, target_name TEXT NOT NULL, source_name TEXT NOT NULL,
            made REAL NOT NULL, started REAL, ended REAL, expected_s REAL,
            deaths INTEGER NOT NULL DEFAULT 0, steps TEXT NOT NULL DEFAULT '[]',
            facts TEXT, recipe TEXT, error TEXT, measurement TEXT, bytes INTEGER NOT NULL DEFAULT 0)""",
        "CREATE INDEX jobs_in_line ON jobs (state, priority DESC, number)",
        "CREATE INDEX jobs_of_owner ON jobs (owner, number)",
        "CREATE INDEX jobs_of_batch ON jobs (batch, number)",
        "CREATE INDEX jobs_of_target ON jobs (target)",
        "CREATE INDEX jobs_of_source ON jobs (source)",
        "CREATE TABLE batches (id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, made REAL NOT NULL, "
        "is_paused INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE workers (pid INTEGER NOT NULL, born REAL NOT NULL, app_pid INTEGER NOT NULL, "
        "app_born REAL NOT NULL, device TEXT NOT NULL, started REAL NOT NULL, PRIMARY KEY (pid, born))",
        "CREATE TABLE options (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN verdict TEXT",
        "CREATE INDEX jobs_unjudged ON jobs (ended) WHERE state = 'done' AND verdict IS NULL",
    ),
    (
        "ALTER TABLE workers ADD COLUMN mark TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE workers ADD COLUMN app_mark TEXT NOT NULL DEFAULT ''",
    ),
    (  # since then an index counts from left to right
        _by_size("settings", "$.faces.target"),
        _by_size("settings", "$.faces.source"),
        _by_size("facts", "$.settings.faces.target"),
        _by_size("facts", "$.settings.faces.source"),
    ),
    # What a job has cost was kept with the job too. From now on it is one row, and the job's column stays empty:
    # before 3.35 SQLite cannot drop it.
    (
        "ALTER TABLE measurements ADD COLUMN job TEXT",
        "ALTER TABLE measurements ADD COLUMN is_learnt INTEGER NOT NULL DEFAULT 1",
        "CREATE INDEX jobs_of_measurement ON jobs (measurement)",
        """UPDATE measurements SET job = (SELECT MIN(id) FROM jobs WHERE measurement = body)
            WHERE id IN (SELECT MIN(id) FROM measurements GROUP BY body)""",
        "CREATE UNIQUE INDEX measurements_of_job ON measurements (job)",
        """INSERT INTO measurements (made, device, body, job, is_learnt)
            SELECT CASE WHEN json_valid(measurement) THEN COALESCE(json_extract(measurement, '$.made'), '') ELSE '' END,
                CASE WHEN json_valid(measurement) THEN COALESCE(json_extract(measurement, '$.device'), '') ELSE '' END,
                measurement, id, 0 FROM jobs
            WHERE measurement IS NOT NULL AND id NOT IN (SELECT job FROM measurements WHERE job IS NOT NULL)
            ORDER BY number""",
        "DROP INDEX jobs_of_measurement",
        "UPDATE jobs SET measurement = NULL WHERE measurement IS NOT NULL",
        "CREATE INDEX measurements_learnt ON measurements (id) WHERE is_learnt",
        """CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs BEGIN
            DELETE FROM measurements WHERE job = OLD.id AND NOT is_learnt;
            UPDATE measurements SET job = NULL WHERE job = OLD.id;
        END""",
    ),
    (  # further photos of a job's source, in their order; the first of them stays in the job's row
        "CREATE TABLE other_sources (job TEXT NOT NULL, place INTEGER NOT NULL, sha256 TEXT NOT NULL, "
        "name TEXT NOT NULL, PRIMARY KEY (job, place))",
        "CREATE INDEX other_sources_of_photo ON other_sources (sha256)",
        "CREATE TRIGGER jobs_deleted_sources AFTER DELETE ON jobs BEGIN "
        "DELETE FROM other_sources WHERE job = OLD.id; END",
    ),
    (  # who said yes to a job; and the log of all that was declared, which knows no job by more than its id
        "ALTER TABLE jobs ADD COLUMN consent TEXT",
        "CREATE TABLE declarations (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, "
        "value TEXT NOT NULL, wording TEXT NOT NULL, declared_by TEXT NOT NULL, job TEXT)",
        "CREATE INDEX declarations_by_age ON declarations (at)",
    ),
    (  # whether a job came to an instance that serves others: a visitor's did
        "ALTER TABLE jobs ADD COLUMN is_served INTEGER NOT NULL DEFAULT 0",
        "UPDATE jobs SET is_served = 1 WHERE owner NOT IN ('', 'local')",
    ),
    (  # what lies on the desks of people, and which photos
        "CREATE TABLE desks (owner TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, "
        "bytes INTEGER NOT NULL DEFAULT 0, updated REAL NOT NULL, PRIMARY KEY (owner, id))",
        "CREATE INDEX desks_by_age ON desks (updated)",
        "CREATE TABLE desk_photos (owner TEXT NOT NULL, desk TEXT NOT NULL, sha256 TEXT NOT NULL, "
        "PRIMARY KEY (owner, desk, sha256))",
        "CREATE INDEX desk_photos_of_photo ON desk_photos (sha256)",
        "CREATE TRIGGER desks_deleted_photos AFTER DELETE ON desks BEGIN "
        "DELETE FROM desk_photos WHERE owner = OLD.owner AND desk = OLD.id; END",
    ),
    (  # jobs that only show what a setting would do; and the settings that visitors keep by a name of their own
        "ALTER TABLE jobs ADD COLUMN is_try INTEGER NOT NULL DEFAULT 0",
        "CREATE TABLE own_presets (owner TEXT NOT NULL, name TEXT NOT NULL, settings TEXT NOT NULL, "
        "made REAL NOT NULL, PRIMARY KEY (owner, name))",
    ),
    (  # when somebody threw a job away, which may be taken back for a while; how the photos of a batch were given
        "ALTER TABLE jobs ADD COLUMN discarded REAL",
        "CREATE INDEX jobs_discarded ON jobs (discarded) WHERE discarded IS NOT NULL",
        "ALTER TABLE batches ADD COLUMN way TEXT NOT NULL DEFAULT ''",
    ),
    (  # by what a request of a program is known when it comes again; it goes with its job
        "CREATE TABLE requests (owner TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, job TEXT NOT NULL, "
        "PRIMARY KEY (owner, key))",
        "CREATE UNIQUE INDEX requests_of_job ON requests (job)",
        "CREATE TRIGGER jobs_deleted_request AFTER DELETE ON jobs BEGIN DELETE FROM requests WHERE job = OLD.id; END",
    ),
    (  # what a job needs of its device's memory, so that it is given to one that has it
        "ALTER TABLE jobs ADD COLUMN need_bytes INTEGER",
    ),
)
SCHEMA = len(MIGRATIONS)
