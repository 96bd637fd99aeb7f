"""A certificate and its key, as files hold them, and whether they can sign. Loads `cryptography` when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fusion.config import Config
from fusion.errors import FusionError, Reason, SettingsInvalid
from fusion.files import inputs
from fusion.units import MIB

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

CERT, KEY, _TRUST = "FUSEWISE_C2PA_CERT", "FUSEWISE_C2PA_KEY", "FUSEWISE_C2PA_TRUST"
_MOST_BYTES = MIB
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_FEWEST_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Credential:
    """What a result is signed with.

    Attributes:
        chain: PEM, the signer's certificate first.
        key: PEM, PKCS #8. Never printed.
        algorithm: as C2PA names it.
        name: the certificate's common name, or what else it is called.
        ends: the last moment at which it is valid.
    """

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)
    algorithm: str
    name: str
    ends: datetime

    @staticmethod
    def read(cert: Path, key: Path) -> Credential:
        """Of two files; see `of`.

        Raises:
            SettingsInvalid: as `of`, or one cannot be read.
        """
        return Credential.of(_bytes(CERT, cert), _bytes(KEY, key))

    @staticmethod
    def of(cert: bytes, key: bytes, now: datetime | None = None) -> Credential:
        """Of what the two files hold.

        Args:
            cert: PEM: the signer's certificate, then those above it in their order.
            key: PEM, without a password.
            now: at which it has to be valid; the present if None.

        Raises:
            SettingsInvalid: they cannot be used; they do not belong together; nobody but itself vouches for the
                certificate; it has ended.
        """
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        chain, secret = _certificates(cert), _private_key(key)
        if secret.public_key() != chain[0].public_key():
            raise SettingsInvalid(Reason.SIGN_KEY_OTHER)
        _check_chain(chain)
        _check_dates(chain[0], now or datetime.now(UTC))
        return Credential(
            chain=b"".join(each.public_bytes(Encoding.PEM) for each in chain),
            key=secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            algorithm=_algorithm(secret),
            name=_name(chain[0]),
            ends=chain[0].not_valid_after_utc,
        )


def trusted_roots(found: Config) -> str:
    """PEM of the root certificates that FUSEWISE_C2PA_TRUST names, for `read`; "" where it names none.

    Raises:
        SettingsInvalid: they cannot be read.
    """
    if found.c2pa_trust is None:
        return ""
    data = _bytes(_TRUST, found.c2pa_trust)
    _certificates(data, _TRUST)
    return data.decode(errors="replace")


def _bytes(variable: str, path: Path) -> bytes:
    try:
        return inputs.read(path, _MOST_BYTES, SettingsInvalid)
    except FusionError as error:
        raise SettingsInvalid(Reason.SIGN_FILE, key=variable, why=error.message) from error


def _certificates(data: bytes, variable: str = CERT) -> list[Certificate]:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise SettingsInvalid(Reason.SIGN_FILE, key=variable, why="it holds no certificate as PEM") from error


def _private_key(data: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        return serialization.load_pem_private_key(data, None)
    except TypeError as error:
        raise SettingsInvalid(Reason.SIGN_FILE, key=KEY, why="the key asks for a password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsInvalid(Reason.SIGN_FILE, key=KEY, why="it holds no private key as PEM") from error


def _check_chain(chain: list[Certificate]) -> None:
    from cryptography.exceptions import InvalidSignature

    if chain[0].issuer == chain[0].subject:
        raise SettingsInvalid(Reason.SIGN_SELF)
    for below, above in pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise SettingsInvalid(Reason.SIGN_CHAIN) from error


def _check_dates(leaf: Certificate, now: datetime) -> None:
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if not begins <= now <= ends:
        raise SettingsInvalid(Reason.SIGN_DATES, begins=begins.date().isoformat(), ends=ends.date().isoformat())


def _algorithm(key: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _FEWEST_RSA_BITS:
        return "ps256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    why = "a key is P-256, P-384, P-521, Ed25519, or RSA of 2048 bits or more"
    raise SettingsInvalid(Reason.SIGN_FILE, key=KEY, why=why)


def _name(leaf: Certificate) -> str:
    from cryptography.x509.oid import NameOID

    found = [
        str(each.value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for each in leaf.subject.get_attributes_for_oid(oid)
    ]
    return found[0] if found else leaf.subject.rfc4514_string()
