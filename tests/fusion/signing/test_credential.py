"""Certificates and keys that can sign, and what is told of those that cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from fusion.config import Config
from fusion.errors import Exit, Reason, SettingsInvalid
from fusion.signing import Credential, Signer, trusted_roots
from tests.support.fixtures.chains import Chain, chain, key_pem, self_signed

Lay = Callable[[bytes, bytes], Config]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """The settings that name a certificate and a key of these bytes."""

    def made(cert: bytes, key: bytes) -> Config:
        found = Chain(cert, key, b"").lay(tmp_path)
        return Config(c2pa_cert=found[0], c2pa_key=found[1])

    return made


def tried(settings: Config) -> None:
    found = Signer.as_set(settings)
    assert found is not None
    found.try_out()


def refused(settings: Config) -> Reason:
    """Why these cannot sign. All such errors end a command as bad input, and have a remedy."""
    with pytest.raises(SettingsInvalid) as raised:
        tried(settings)
    assert raised.value.exit == Exit.BAD_INPUT
    assert raised.value.remedy
    return raised.value.reason


def test_where_nothing_is_set_nothing_signs() -> None:
    assert Signer.as_set(Config()) is None


def test_a_chain_of_two_signs(lay: Lay) -> None:
    found = Signer.as_set(lay(chain().cert, chain().key))
    assert found is not None
    found.try_out()
    assert found.credential.name == "Tests"
    assert timedelta(29) < found.credential.ends - datetime.now(UTC) < timedelta(30)


def test_one_without_the_other_is_refused(tmp_path: Path) -> None:
    cert, key = chain().lay(tmp_path)
    assert refused(Config(c2pa_cert=cert)) == Reason.SIGN_HALF
    assert refused(Config(c2pa_key=key)) == Reason.SIGN_HALF


def test_a_file_that_is_not_there_is_named_by_its_variable(tmp_path: Path) -> None:
    cert, key = chain().lay(tmp_path)
    for settings, variable in (
        (Config(c2pa_cert=tmp_path / "none.pem", c2pa_key=key), "FUSEWISE_C2PA_CERT"),
        (Config(c2pa_cert=cert, c2pa_key=tmp_path), "FUSEWISE_C2PA_KEY"),
    ):
        with pytest.raises(SettingsInvalid, match=variable) as raised:
            Signer.as_set(settings)
        assert raised.value.reason == Reason.SIGN_FILE


@pytest.mark.parametrize("wrong", [b"", b"text", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_and_no_key_is_refused(lay: Lay, wrong: bytes) -> None:
    assert refused(lay(wrong, chain().key)) == Reason.SIGN_FILE
    assert refused(lay(chain().cert, wrong)) == Reason.SIGN_FILE


def test_a_key_with_a_password_is_refused(lay: Lay) -> None:
    key = serialization.load_pem_private_key(chain().key, None)
    assert refused(lay(chain().cert, key_pem(key, b"secret"))) == Reason.SIGN_FILE


def test_another_certificates_key_is_refused(lay: Lay) -> None:
    assert refused(lay(chain().cert, chain("Others").key)) == Reason.SIGN_KEY_OTHER


def test_a_certificate_that_only_itself_vouches_for_is_refused(lay: Lay) -> None:
    assert refused(lay(self_signed().leaf, self_signed().key)) == Reason.SIGN_SELF


def test_a_chain_that_is_none_is_refused(lay: Lay) -> None:
    assert refused(lay(chain().leaf + chain("Others").root, chain().key)) == Reason.SIGN_CHAIN


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_a_certificate_that_is_not_valid_now_is_refused(lay: Lay, days: tuple[float, float]) -> None:
    made = chain(days=days)
    assert refused(lay(made.cert, made.key)) == Reason.SIGN_DATES


def test_a_certificate_for_something_else_is_refused_at_the_trial(lay: Lay) -> None:
    made = chain(purpose="1.3.6.1.5.5.7.3.1")  # of web servers
    assert refused(lay(made.cert, made.key)) == Reason.SIGN_REFUSED


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256K1())], ids=["short", "curve"]
)
def test_a_key_that_c2pa_has_no_algorithm_for_is_refused(key: rsa.RSAPrivateKey) -> None:
    made = chain(key=key)
    with pytest.raises(SettingsInvalid) as raised:
        Credential.of(made.cert, made.key)
    assert raised.value.reason == Reason.SIGN_FILE


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ec.generate_private_key(ec.SECP521R1()), "es512"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
    ],
)
def test_keys_of_every_kind_that_c2pa_knows_sign(key: ec.EllipticCurvePrivateKey, algorithm: str) -> None:
    made = chain(key=key)
    found = Credential.of(made.cert, made.key)
    assert found.algorithm == algorithm
    Signer(found).try_out()


def test_a_key_in_the_older_form_signs() -> None:
    key = serialization.load_pem_private_key(chain().key, None)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    older = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    assert b"BEGIN EC PRIVATE KEY" in older
    Signer(Credential.of(chain().cert, older)).try_out()


def test_an_address_of_a_time_server_is_one() -> None:
    with pytest.raises(ValueError, match="c2pa_time_stamp"):
        Config(c2pa_time_stamp="time.example")


def test_roots_are_trusted_as_a_file_names_them(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(chain().root + chain("Others").root)
    assert trusted_roots(Config()) == ""
    assert trusted_roots(Config(c2pa_trust=roots)).count("BEGIN CERTIFICATE") == 2
    roots.write_text("none")
    with pytest.raises(SettingsInvalid, match="FUSEWISE_C2PA_TRUST"):
        trusted_roots(Config(c2pa_trust=roots))
