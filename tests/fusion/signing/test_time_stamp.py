"""Time stamps: one by a clock that is trusted keeps a signature good, and one by any other proves nothing."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest

from fusion import signing
from fusion.photos import Format
from fusion.signing import Credential, Signer, State
from tests.fusion.signing.test_signer import picture, recipe
from tests.support.fixtures.chains import chain
from tests.support.fixtures.time_server import clock, time_server

pytest.importorskip("c2pa", reason="the extra c2pa is not installed")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which answers as a time server, is missing")
def test_a_signature_with_a_trusted_time_stamp_outlives_its_certificate(tmp_path: Path) -> None:
    short = chain("Shorter", days=(-1, 6 / 86400))
    credential = Credential.of(short.cert, short.key)
    with time_server(tmp_path) as address:
        made = Signer(credential, address).sign(picture(Format.PNG), Format.PNG, recipe())
    while datetime.now(UTC) < credential.ends + timedelta(seconds=1):
        sleep(0.1)
    alone = signing.read(made, short.root.decode())
    stamped = signing.read(made, (short.root + clock().root).decode())
    assert alone is not None
    assert stamped is not None
    assert (alone.state, alone.stamped) == (State.INVALID, None)
    assert stamped.state == State.TRUSTED
    assert stamped.stamped is not None
    assert credential.ends - timedelta(minutes=1) < stamped.stamped <= credential.ends
