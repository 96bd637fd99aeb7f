"""Signs results."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from fusion.config import Config
from fusion.errors import OutputRejected, Reason, SettingsInvalid
from fusion.photos import Format
from fusion.signing import history, library, manifest
from fusion.signing.credential import CERT, KEY, Credential, trusted_roots

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, and which time server vouches for the moment.

    Attributes:
        time_stamp: its URL; None without one.
    """

    credential: Credential
    time_stamp: str | None = None

    @property
    def name(self) -> str:
        """As the certificate names the signer."""
        return self.credential.name

    @staticmethod
    def as_set(found: Config) -> Signer | None:
        """By the settings in the environment; None where they name no certificate.

        The files are read each time, so that a certificate that is renewed counts from the next result on.

        Raises:
            SettingsInvalid: they name something that cannot sign. Nothing is written without a signature then.
        """
        if found.c2pa_cert is None and found.c2pa_key is None:
            return None
        if found.c2pa_key is None:
            raise SettingsInvalid(Reason.SIGN_HALF, given=CERT, missing=KEY)
        if found.c2pa_cert is None:
            raise SettingsInvalid(Reason.SIGN_HALF, given=KEY, missing=CERT)
        if not library.is_installed():
            raise SettingsInvalid(Reason.SIGN_MISSING)
        return Signer(Credential.read(found.c2pa_cert, found.c2pa_key), found.c2pa_time_stamp)

    @staticmethod
    def check(found: Config) -> None:
        """Find out before there is any work whether what is set can sign, and what is trusted can be read.

        Raises:
            SettingsInvalid: it cannot.
        """
        trusted_roots(found)
        made = Signer.as_set(found)
        if made is not None:
            made.try_out()

    def try_out(self) -> None:
        """Sign a picture of one pixel, without the time server.

        Raises:
            SettingsInvalid: C2PA does not take the certificate.
        """
        c2pa, tiny = library.load(), io.BytesIO()
        Image.new("RGB", (1, 1)).save(tiny, "png")
        try:
            self._signed(c2pa, tiny.getvalue(), Format.PNG, c2pa.Builder(manifest.definition({}), library.context()))
        except c2pa.C2paError as error:
            raise SettingsInvalid(Reason.SIGN_REFUSED, why=_why(error)) from error

    def sign(self, file: bytes, format: Format, recipe: Json, *, target: bytes | None = None) -> bytes:
        """The file with a signature; nothing but that is added, and all that was in it stays.

        Args:
            file: of a result, as it shall leave.
            recipe: of the result.
            target: the file of its target, where that is at hand: a manifest that it carries travels on.

        Raises:
            OutputRejected: "sign_failed"; "sign_time": the time server gave no time stamp.
            SettingsInvalid: "sign_missing".
        """
        c2pa = library.load()
        try:
            made, note = self._with_history(c2pa, file, format, recipe, target)
            if made is not None:
                return made
            plain = c2pa.Builder(manifest.definition(recipe, note), library.context())
            return self._signed(c2pa, file, format, plain, self.time_stamp)
        except c2pa.C2paError.Signature as error:  # the key and the certificate were found good before
            reason = Reason.SIGN_FAILED if self.time_stamp is None else Reason.SIGN_TIME
            raise OutputRejected(reason, why=_why(error)) from error
        except c2pa.C2paError as error:
            raise OutputRejected(Reason.SIGN_FAILED, why=_why(error)) from error

    def _with_history(
        self, c2pa: Any, file: bytes, format: Format, recipe: Json, target: bytes | None
    ) -> tuple[bytes | None, str]:
        """The signed file with the target's manifest inside; or None, and what is to be said of that manifest."""
        found = history.of(target) if target else None
        if target is None or found is None:
            return None, ""
        if found.may_travel:
            try:
                return self._signed(c2pa, file, format, history.builder(recipe, found, target), self.time_stamp), ""
            except c2pa.C2paError.Signature:
                raise
            except c2pa.C2paError:  # a stranger's manifest stops no result
                pass
        return None, history.LEFT_OUT

    def _signed(self, c2pa: Any, file: bytes, format: Format, builder: Any, time_stamp: str | None = None) -> bytes:
        info = c2pa.C2paSignerInfo(
            alg=self.credential.algorithm.encode(),
            sign_cert=self.credential.chain,
            private_key=self.credential.key,
            ta_url=time_stamp.encode() if time_stamp else None,  # an empty text is taken for an address
        )
        with builder, c2pa.Signer.from_info(info) as signer, io.BytesIO(file) as given, io.BytesIO() as made:
            builder.sign(signer, format.mime, given, made)  # reads it once more, and refuses what does not hold
            return made.getvalue()


def _why(error: Exception) -> str:
    """What the library says, on one line."""
    return " ".join(str(error).split())
