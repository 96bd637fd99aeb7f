"""The English of errors about signatures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fusion.errors.reasons import Reason, Sentence

SIGNING: Mapping[Reason, Sentence] = MappingProxyType(
    {
        Reason.SIGN_HALF: Sentence(
            "{given} is set and {missing} is not: a signature takes both a certificate and its key.",
            "Set {missing} too, or unset {given}.",
        ),
        Reason.SIGN_MISSING: Sentence(
            "Signatures need a package that is not installed (c2pa-python).",
            "Run `make marks`, or `pip install -r requirements-c2pa.txt`; or unset FUSEWISE_C2PA_CERT and "
            "FUSEWISE_C2PA_KEY.",
        ),
        Reason.SIGN_FILE: Sentence(
            "{key} names a file that cannot be used: {why}",
            "docs/signing.md says what it must be; or unset the variables that begin with FUSEWISE_C2PA.",
        ),
        Reason.SIGN_KEY_OTHER: Sentence(
            "The key in FUSEWISE_C2PA_KEY is not that of the first certificate in FUSEWISE_C2PA_CERT.",
            "Name the two that were made together; the signer's certificate comes first in its file.",
        ),
        Reason.SIGN_SELF: Sentence(
            "The certificate in FUSEWISE_C2PA_CERT is signed by itself, which C2PA does not take.",
            "Use one that an authority has signed, or make a chain of two as docs/signing.md shows.",
        ),
        Reason.SIGN_CHAIN: Sentence(
            "The certificates in FUSEWISE_C2PA_CERT are no chain: one is not signed by the one that follows.",
            "Put the signer's certificate first, then the one that signed it, and so on.",
        ),
        Reason.SIGN_DATES: Sentence(
            "The certificate in FUSEWISE_C2PA_CERT is valid from {begins} to {ends}, and not now.",
            "Renew it, or check this machine's clock.",
        ),
        Reason.SIGN_REFUSED: Sentence(
            "C2PA does not take the certificate in FUSEWISE_C2PA_CERT: {why}",
            "docs/signing.md says what it must have: its purposes, above all.",
        ),
        Reason.SIGN_FAILED: Sentence(
            "The result could not be signed: {why}",
            "Run `python -m advisor doctor`, which tries the certificate; or unset FUSEWISE_C2PA_CERT and "
            "FUSEWISE_C2PA_KEY.",
        ),
        Reason.SIGN_TIME: Sentence(
            "The result could not be signed: the time server in FUSEWISE_C2PA_TIME_STAMP gave no time stamp ({why}).",
            "Try again later, or unset FUSEWISE_C2PA_TIME_STAMP: signatures then count until the certificate ends.",
        ),
    }
)
