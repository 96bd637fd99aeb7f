"""The rules of the diagnosis, a module for each symptom."""
