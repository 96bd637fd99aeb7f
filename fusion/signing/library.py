"""The library of the extra `c2pa`: whether it is there, and how it is set wherever it is used.

It asks nothing of the network by itself: neither whether a certificate was revoked nor for a manifest that lies
elsewhere. Only a time server that is configured is asked, as a file is signed.
"""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType
from typing import Any

from fusion import lazy_imports
from fusion.errors import Reason, SettingsInvalid

# What a certificate may be for. The library alone would refuse those of C2PA's own trust list, which say the first.
_PURPOSES = (
    "1.3.6.1.4.1.62558.2.1",  # signing claims, by C2PA
    "1.3.6.1.4.1.311.76.59.1.9",  # the same, by Microsoft
    "1.3.6.1.5.5.7.3.4",  # e-mail
    "1.3.6.1.5.5.7.3.36",  # documents
    "1.3.6.1.5.5.7.3.8",  # time stamps
    "1.3.6.1.5.5.7.3.9",  # OCSP
)


def is_installed() -> bool:
    """Whether the extra is there. Loads nothing."""
    return find_spec("c2pa") is not None


def load() -> ModuleType:
    """The library.

    Raises:
        SettingsInvalid: "sign_missing".
    """
    if not is_installed():
        raise SettingsInvalid(Reason.SIGN_MISSING)
    return lazy_imports.load("c2pa")


def context(trusted: str = "") -> Any:
    """The library's settings.

    Args:
        trusted: PEM of root certificates, "" for none.
    """
    trust: dict[str, str] = {"trust_config": "\n".join(_PURPOSES) + "\n"}
    if trusted:
        trust["trust_anchors"] = trusted
    # A thumbnail of each ingredient would carry both photos, as they were before, inside every result.
    settings = {
        "trust": trust,
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"ocsp_fetch": False, "remote_manifest_fetch": False},
    }
    return load().Context.from_dict(settings)
