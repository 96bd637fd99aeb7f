"""Figures of what is said of pictures' origins."""

from __future__ import annotations

from benchmarks.shared.lines import newest, where


def verify() -> str:
    """How many of the files are told right, and that none that is broken is called whole."""
    lines = newest("verify")
    if not lines:
        return ""
    line = lines[-1]
    whole = len(line["broken_called_whole"])
    wrong = f" Wrong: {'; '.join(line['wrong'])}." if line["wrong"] else ""
    return (
        f"Files of mixed origin, made on the spot, and what is said of each ({where(line)}, `benchmarks/verify`; aimed "
        f"at: 58 of 60, and no broken one called whole; [how](verify.md#how-often-it-is-right)): {line['right']} of "
        f"{line['files']} right, of {line['broken']} broken ones {whole} called whole.{wrong}\n"
    )
