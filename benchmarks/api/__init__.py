"""Figures of the HTTP API: what it answers to whatever is asked, what is lost as it dies, what it adds to a job."""
