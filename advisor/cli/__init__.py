"""The command line `python -m advisor`: a module for each command.

Here answers are printed, as text or as JSON; nothing is judged. Nothing is exported.
"""
