"""Content Credentials (C2PA): results are signed with a certificate of one's own, and any file's signature is read.

Both need the extra `c2pa`; `is_installed` tells whether it is there. The native library behind it is loaded by the
first signature or the first file that is read, never before.

- `Signer.as_set(config)` is the signer that FUSEWISE_C2PA_CERT and FUSEWISE_C2PA_KEY name, None where neither is set;
  `Signer.check(config)` signs a tiny picture, so that an app learns at its start what it would learn at its first
  result; `signer.sign(file, format, recipe)` gives the signed file. It is the last step: any change afterwards breaks
  the signature.
- `read(file)` gives what a file of any tool says and whether it holds, as a `Signed`: its `state`, the `signer`, when a
  trusted time server saw it, the `actions` and the `ingredients`. None where the file has no signature. With `trusted`,
  PEM of root certificates as `trusted_roots(config)` gives it, a signature may be `TRUSTED`; without, a good one is
  `VALID`: whole, of whoever they say they are.
"""

from __future__ import annotations

from fusion.signing.credential import Credential, trusted_roots
from fusion.signing.library import is_installed
from fusion.signing.reading import Action, Ingredient, Signed, State, read
from fusion.signing.signer import Signer

__all__ = ["Action", "Credential", "Ingredient", "Signed", "Signer", "State", "is_installed", "read", "trusted_roots"]
