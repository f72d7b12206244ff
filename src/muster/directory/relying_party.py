"""What authenticators are asked for, and what is believed of their answers (WebAuthn level 3, §7.1 and §7.2).

Law: an answer holds for the very origin and host that the console has, for the challenge that was given, and with the
person verified by their authenticator; whatever else was sent is `NotBelieved`, and never an error of ours.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import orjson
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from muster.directory.challenges import LIFE
from muster.directory.registers.passkeys import Passkey

T = TypeVar("T")

_VERIFIED: Final = UserVerificationRequirement.REQUIRED
_MILLISECONDS: Final = LIFE // 1000
_LONGEST: Final = 20_000  # characters of an answer
_LONGEST_ID: Final = 1023  # bytes (WebAuthn §7.1, step 25)


class NotBelieved(Exception):
    """What was sent is not the answer that was asked for; the message says why, and is not for who sent it."""


class Asked(NamedTuple):
    """What the browser's authenticator is asked for (JSON), and what the browser keeps until it has answered."""

    options: dict[str, Any]
    kept: str


class Made(NamedTuple):
    """A passkey that an authenticator has made, as `Passkey` keeps it."""

    credential: str
    attested: bytes
    counter: int


class Assertion(NamedTuple):
    """What an authenticator says: that it has this passkey, for the user with this handle. It may be a lie as yet."""

    credential: str
    handle: bytes | None
    response: AuthenticationResponse


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The console as authenticators know it: by its host (the relying party's id) and its origin."""

    id: str
    origin: str

    def to_make(self, challenge: bytes, handle: bytes, name: str, known: Sequence[Passkey]) -> dict[str, Any]:
        """Return the options to make a passkey with, as JSON has them (WebAuthn §5.4)."""
        user = PublicKeyCredentialUserEntity(id=handle, name=name, display_name=name)
        options, _ = self._server().register_begin(
            user,
            [AttestedCredentialData(one.attested) for one in known],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=_VERIFIED,
            challenge=challenge,
        )
        return {**options.public_key, "timeout": _MILLISECONDS}

    def to_sign_in(self, challenge: bytes) -> dict[str, Any]:
        """Return the options to sign in with, whoever it is, as JSON has them (WebAuthn §5.5)."""
        options, _ = self._server().authenticate_begin(user_verification=_VERIFIED, challenge=challenge)
        return {**options.public_key, "timeout": _MILLISECONDS}

    def made(self, challenge: bytes, sent: str) -> Made:
        """Return the passkey that was made in answer to a challenge. Raises NotBelieved."""
        return _believed(lambda: self._made(challenge, sent))

    def verify(self, challenge: bytes, assertion: Assertion, passkey: Passkey) -> int:
        """Make sure that a passkey has answered a challenge; return its signature counter. Raises NotBelieved."""
        return _believed(lambda: self._verified(challenge, assertion, passkey))

    def _made(self, challenge: bytes, sent: str) -> Made:
        response = RegistrationResponse.from_dict(_json(sent))
        _refuse_frame(response.response.client_data)
        data = self._server().register_complete(self._state(challenge), response)
        attested = data.credential_data
        if attested is None or attested.credential_id != response.raw_id:
            raise ValueError("no credential was attested")
        if len(attested.credential_id) > _LONGEST_ID:
            raise ValueError("the credential id is too long")
        if attested.public_key.ALGORITHM not in CoseKey.supported_algorithms():
            raise ValueError("the algorithm is not one of those that were offered")
        return Made(_text(attested.credential_id), bytes(attested), data.counter)

    def _verified(self, challenge: bytes, assertion: Assertion, passkey: Passkey) -> int:
        response = assertion.response
        _refuse_frame(response.response.client_data)
        known = [AttestedCredentialData(passkey.attested)]
        self._server().authenticate_complete(self._state(challenge), known, response)
        return response.response.authenticator_data.counter

    def _server(self) -> Fido2Server:
        return Fido2Server(
            PublicKeyCredentialRpEntity(name="Muster", id=self.id),
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda origin: origin == self.origin,
        )

    def _state(self, challenge: bytes) -> Any:
        """Return what the library keeps between asking and being answered."""
        return self._server().authenticate_begin(user_verification=_VERIFIED, challenge=challenge)[1]


def relying_party(origin: str) -> RelyingParty | None:
    """Return the relying party at an origin, or None: browsers have no passkeys there.

    They want a name, and TLS or this very machine (WebAuthn §5.1.3, §13.4.9).
    """
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if parts.scheme != "https" and host != "localhost":
        return None
    try:
        ip_address(host)
    except ValueError:
        return RelyingParty(host, origin) if host else None
    return None


def assertion_in(sent: str) -> Assertion:
    """Return what an authenticator says. Raises NotBelieved: it says nothing of the kind."""

    def read() -> Assertion:
        response = AuthenticationResponse.from_dict(_json(sent))
        return Assertion(_text(response.raw_id), response.response.user_handle, response)

    return _believed(read)


def _believed(read: Callable[[], T]) -> T:
    try:
        return read()
    except Exception as error:  # whatever the library stumbles over, it was sent so
        raise NotBelieved(f"{type(error).__name__}: {error}") from error


def _json(sent: str) -> dict[str, Any]:
    if len(sent) > _LONGEST:
        raise ValueError("the answer is too long")
    found: dict[str, Any] = orjson.loads(sent)
    return found


def _refuse_frame(data: CollectedClientData) -> None:
    """Raise ValueError where the page was within one of another origin: ours never is."""
    if data.cross_origin:
        raise ValueError("it was answered within a page of somebody else")


def _text(credential_id: bytes) -> str:
    return urlsafe_b64encode(credential_id).decode().rstrip("=")
