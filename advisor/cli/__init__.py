"""The command line `python -m advisor`: a module for each command, and nothing for others to import."""
