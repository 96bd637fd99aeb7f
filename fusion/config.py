"""What the person who runs Fusewise may set: environment variables that begin with FUSEWISE_."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fusion.errors import Phrase, PhraseCode, Reason, SettingsInvalid
from fusion.marks import is_allowed
from fusion.units import MIB

_PREFIX = "FUSEWISE_"
AUTO, OFF = "auto", "off"  # what FUSEWISE_TOKEN may say instead of a token
_TOKEN = r"[!-~]{16,256}"  # printable ASCII without blanks: it stands in a link
_MOST_OF_PRODUCER = 100  # characters; a code has 27
_SECRET = ("FUSEWISE_TOKEN", "FUSEWISE_GUEST_TOKEN")  # whose values are never repeated


class Config(BaseSettings):
    """The app's own settings; a variable that is empty counts as not set."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("fusewise", appauthor=False),
        description="Where jobs and their results are kept.",
    )
    max_upload_mb: float = Field(default=25.0, gt=0, le=1024, description="The largest photo file, in MiB.")
    job_timeout_s: float | None = Field(
        default=None, gt=0, description="The longest that one job may run; five times its forecast if not set."
    )
    history_days: int = Field(default=30, ge=0, description="How long jobs are kept. The page may say otherwise.")
    keep_desk: Literal["on", "off"] = Field(
        default="on", description="Whether what lies on a page is kept, so that it is there when that is loaded again."
    )
    history_gb: float = Field(default=20.0, gt=0, description="How much results may weigh, in GiB; the oldest go.")
    face_landmarker: Path | None = Field(default=None, description="face_landmarker.task, instead of the packaged one.")
    face_recognizer: Path | None = Field(default=None, description="The network that compares faces, likewise.")
    parser_url: str | None = Field(default=None, description="Where the face parser's package is fetched from.")
    segmenter: Path | None = Field(default=None, description="A network that tells a person from the background.")
    weights: Path | None = Field(default=None, description="Where the unet engine's weights are, or shall be kept.")
    single_user: Literal["auto", "true", "false"] = Field(
        default="auto", description="Whether everybody who opens the page is one person."
    )
    token: SecretStr | None = Field(
        default=None, description="What lets its holder in, as the administrator; auto: a random one; off: none."
    )
    guest_token: SecretStr | None = Field(default=None, description="What lets others in, who use the app alone.")
    producer: str = Field(default="Fusewise", description="Who makes pictures here, as their labels name them.")
    c2pa_cert: Path | None = Field(default=None, description="The certificate that results are signed with, PEM.")
    c2pa_key: Path | None = Field(default=None, description="Its private key, PEM.")
    c2pa_time_stamp: str | None = Field(
        default=None, pattern=r"^https?://\S+$", description="The URL of a time server that vouches for the moment."
    )
    c2pa_trust: Path | None = Field(default=None, description="Root certificates whose signatures are trusted, PEM.")
    watermark: Literal["off", "on"] = Field(default="off", description="Whether results carry an invisible watermark.")

    label: Literal["auto", "on", "off"] = Field(
        default="auto", description="Whether pictures that leave show that they are AI-made; auto: as was answered."
    )
    refusal: Literal["auto", "on", "off"] = Field(
        default="auto", description="Whether photos that show nudity are refused; auto: where others are served."
    )
    refusal_threshold: float = Field(
        default=0.8, ge=0, le=1, description="From which score on, as Yahoo's open_nsfw has it."
    )

    api_consent: Literal["each", "given"] = Field(
        default="each",
        description="given: who runs this has seen to it that people agreed, for ReActor's clients, which cannot say.",
    )
    url_inputs: Literal["off", "public"] = Field(
        default="off", description="public: photos that programs name by a public address are fetched from there."
    )
    ray_address: str | None = Field(
        default=None, pattern=r"^(auto|\S+:\d+)$", description="A Ray cluster that computes too: auto, or HOST:PORT."
    )

    @property
    def max_upload_bytes(self) -> int:
        """The largest photo file, in bytes."""
        return int(self.max_upload_mb * MIB)


def load() -> Config:
    """The settings that the environment holds now.

    Raises:
        SettingsInvalid: a variable has a value that cannot be used; the error names the variable.
    """
    return _of(tuple(os.environ.items()))


@functools.lru_cache(maxsize=1)
def _of(_environment: tuple[tuple[str, str], ...]) -> Config:
    """Read once as long as the environment is the same: that takes 2 ms, and a page asks a dozen times."""
    try:
        found = Config()
    except ValidationError as error:
        first = error.errors()[0]
        name = _PREFIX + str(first["loc"][0]).upper()
        allowed = first["msg"].removeprefix("Input should be ")
        raise SettingsInvalid(Reason.SETTING_VALUE, key=name, value=str(first["input"]), allowed=allowed) from error
    _check_tokens(found)
    if not is_allowed(found.producer) or len(found.producer) > _MOST_OF_PRODUCER:
        allowed_here = Phrase(PhraseCode.LABEL_CHARACTERS, {"count": _MOST_OF_PRODUCER})
        key, value = _PREFIX + "PRODUCER", found.producer[:_MOST_OF_PRODUCER]
        raise SettingsInvalid(Reason.SETTING_VALUE, key=key, value=value, allowed=allowed_here)
    return found


def _check_tokens(found: Config) -> None:
    """Refuse tokens that protect nothing. An empty one is refused as well: whoever sets it believes to be protected."""
    for name in os.environ:
        if name.upper() in _SECRET and not os.environ[name].strip():
            raise SettingsInvalid(Reason.TOKEN_WEAK, key=name.upper())
    token, guest = (each.get_secret_value() if each else None for each in (found.token, found.guest_token))
    for key, value, words in ((_SECRET[0], token, (AUTO, OFF)), (_SECRET[1], guest, ())):
        if value is not None and value not in words and not re.fullmatch(_TOKEN, value):
            raise SettingsInvalid(Reason.TOKEN_WEAK, key=key)
    if guest is not None and guest == token:
        raise SettingsInvalid(Reason.TOKENS_ALIKE)
