"""Sixty files of mixed origin, made on the spot, and what `fusion.verification` says of each.

    python -m benchmarks.verify [--no-record]

Right is a file whose verdict is the expected one, and of which it is told whether it says that it was made with AI.
What was expected was written down before the first run. Aimed at: 58 of 60, and no broken one called whole.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from benchmarks.verify.cases import Case, cases
from fusion.verification import Report, verify


def main() -> int:
    """Runs, tells and records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-record", action="store_true", help="keep no line of it")
    given = parser.parse_args()
    found = [(case, *_checked(case)) for case in cases()]
    wrong = [_told(case, report) for case, report, _ in found if not is_right(case, report)]
    called_whole = [case.name for case, report, _ in found if case.verdict == "broken" and report.verdict == "whole"]
    passed_over = [case.name for case, report, _ in found if case.verdict == "broken" and report.verdict != "broken"]
    facts: dict[str, Any] = {
        "files": len(found),
        "right": len(found) - len(wrong),
        "wrong": wrong,
        "broken": sum(case.verdict == "broken" for case, _, _ in found),
        "broken_called_whole": called_whole,
        "broken_not_seen": passed_over,
        "slowest_s": round(max(seconds for _, _, seconds in found), 3),
    }
    is_good = facts["right"] >= 58 and not called_whole
    for each in wrong:
        print(each)
    print(f"{facts['right']} of {facts['files']} right; {len(called_whole)} broken ones called whole")
    if not given.no_record:
        from benchmarks.shared.common import record, verdict

        record("verify", {**facts, "verdict": verdict(is_good)})
    return 0 if is_good else 1


def is_right(case: Case, report: Report) -> bool:
    """Whether somebody is told what is so."""
    return report.verdict == case.verdict and report.is_ai == case.is_ai


def _checked(case: Case) -> tuple[Report, float]:
    file = case.make()
    began = time.perf_counter()
    return verify(file), time.perf_counter() - began


def _told(case: Case, report: Report) -> str:
    said = ", ".join(f"{finding.code} ({finding.state})" for finding in report.findings)
    expected, given = (
        f"{word}{' AI' if is_ai else ''}"
        for word, is_ai in ((case.verdict, case.is_ai), (report.verdict, report.is_ai))
    )
    return f"{case.name}: {given}, not {expected}: {said}"


if __name__ == "__main__":
    sys.exit(main())
