"""Clients of other services send a token of theirs to the pages' server, too."""

from __future__ import annotations

from pathlib import Path

from api.server.tokens import TRIES
from tests.support.served import GUEST, served


def test_where_nobody_is_asked_a_wrong_token_is_no_guess_and_a_guest_stays_one(tmp_path: Path) -> None:
    with served(tmp_path, FUSEWISE_SINGLE_USER="true", FUSEWISE_GUEST_TOKEN=GUEST) as server:
        found = [server.ask("/v1/capabilities", Authorization="Bearer of another").status for _ in range(2 * TRIES)]
        assert found == [200] * (2 * TRIES)
        assert server.ask("/_stcore/metrics", Authorization=f"Bearer {GUEST}").status == 403
