"""A client of the HTTP API, for tests of it."""
