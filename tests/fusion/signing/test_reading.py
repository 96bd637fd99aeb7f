"""What the signature of a stranger's file says: broken ones are never called whole, and nothing is made up."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest

from fusion import signing
from fusion.photos import Format
from fusion.signing import Credential, Signer, State
from tests.fusion.signing.test_signer import picture, recipe, signer
from tests.support import ROOT
from tests.support.fixtures.chains import chain

pytest.importorskip("c2pa", reason="the extra c2pa is not installed")


@pytest.fixture(params=list(Format))
def format(request: pytest.FixtureRequest) -> Format:
    found: Format = request.param
    return found


def test_a_file_without_a_signature_has_none(format: Format) -> None:
    assert signing.read(picture(format)) is None


@pytest.mark.parametrize("file", [b"", b"text", b"%PDF-1.7", b"RIFF\0\0\0\0WEBP"])
def test_what_is_no_picture_has_none_or_is_damaged(file: bytes) -> None:
    found = signing.read(file)
    assert found is None or found.state == State.INVALID


def test_a_byte_of_the_picture_that_was_changed_breaks_it(format: Format) -> None:
    plain = picture(format)
    made = bytearray(signer().sign(plain, format, recipe()))
    at = made.index(plain[-60:-40])  # of the picture's data, or of what follows it
    made[at] ^= 1
    found = signing.read(bytes(made))
    assert found is not None
    assert found.state == State.INVALID
    assert found.faults


def test_no_byte_that_was_changed_is_lost_on_it_unless_it_says_nothing(format: Format) -> None:
    """Of hundreds: what stays whole has the same signer, actions and ingredients; there is room in a signature."""
    made = signer().sign(picture(format), format, recipe())
    good = signing.read(made)
    chance = random.Random(5)
    for _ in range(150):
        changed = bytearray(made)
        changed[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
        found = signing.read(bytes(changed))
        assert found is None or found.state == State.INVALID or found == good


def test_a_manifest_of_another_picture_does_not_hold() -> None:
    made = signer().sign(picture(Format.PNG), Format.PNG, recipe())
    begin = made.index(b"caBX") - 4
    chunk = made[begin : begin + 12 + int.from_bytes(made[begin : begin + 4], "big")]
    other = picture(Format.PNG).replace(b"Fusewise", b"Otherwis")
    found = signing.read(other[:33] + chunk + other[33:])
    assert found is not None
    assert found.state == State.INVALID


def test_a_signature_outlives_its_certificate_only_with_a_time_stamp() -> None:
    """Without one nobody can tell that it was made in time; so it is what everybody else will read, too."""
    short = chain("Short", days=(-1, 2 / 86400))
    credential = Credential.of(short.cert, short.key)
    made = Signer(credential).sign(picture(Format.PNG), Format.PNG, recipe())
    before = signing.read(made)
    while datetime.now(UTC) < credential.ends + timedelta(seconds=1):
        sleep(0.1)
    after = signing.read(made)
    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (State.VALID, State.INVALID)
    assert "signingCredential.expired" in after.faults


def test_nothing_is_loaded_before_it_is_needed() -> None:
    script = (
        "import sys; from fusion import signing, config; signing.is_installed(); "
        "assert signing.Signer.as_set(config.Config()) is None; "
        "print('c2pa' in sys.modules, 'cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
