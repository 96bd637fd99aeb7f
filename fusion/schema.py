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
)
SCHEMA = len(MIGRATIONS)
