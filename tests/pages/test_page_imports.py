"""What the pages load: a library that nobody needs costs the first visitor seconds, and the server memory for good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_page_loads_tables_or_plots_that_it_does_not_draw(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import json, sys
        from tests.support.app_driver import fused, run, session
        at = fused(session())
        for page in ("studio/batch", "studio/history", "machine/diagnostics", "machine/gpu"):
            at.switch_page(f"pages/{page}.py")
            run(at)
            assert not at.exception
        print(json.dumps(sorted({"pandas", "pyarrow", "matplotlib", "torch"} & set(sys.modules))))
        """
    )
    fake = {"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline", "FUSEWISE_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **fake}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []
