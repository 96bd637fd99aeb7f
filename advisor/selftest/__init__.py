"""The self-test: whether this machine fuses as it should, a row for each thing that was tried.

`SelfTest` runs it in a thread; fusions run in processes of their own (`fusion.selftest`, `fusion.worker.measure`), and
what they cost goes to the ledger as a calibration's would. A `Row` says what came of each check, `told` in English.
"""

from __future__ import annotations

from advisor.selftest.report import to_json
from advisor.selftest.rows import SENTENCES, Check, Code, Row, State, told
from advisor.selftest.run import SelfTest, SelfTestView

__all__ = ["SENTENCES", "Check", "Code", "Row", "SelfTest", "SelfTestView", "State", "to_json", "told"]
