"""An authenticator in software: it makes a passkey, and signs what it is told to, also what it should not."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

PRESENT, VERIFIED, ATTESTED = (AuthenticatorData.FLAG(flag) for flag in (0x01, 0x04, 0x40))


@dataclass
class Authenticator:
    """One passkey at an origin; what is said of itself may be changed before it answers."""

    origin: str
    host: str
    flags: AuthenticatorData.FLAG = PRESENT | VERIFIED
    counter: int = 0
    handle: bytes = b""
    in_frame: bool = False
    kind: str | None = None
    algorithm: int = ES256.ALGORITHM
    called: bytes | None = None  # another credential id than the one that is attested
    credential: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to a wish for a passkey."""
        self.handle = websafe_decode(options["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        public[3] = self.algorithm
        attested = AttestedCredentialData.create(Aaguid.NONE, self.credential, public)
        data = AuthenticatorData.create(self._host(), self.flags | ATTESTED, self.counter, attested)
        made = {
            "clientDataJSON": self._told(options, "webauthn.create"),
            "attestationObject": AttestationObject.create("none", data, {}),
        }
        return self._answer(made)

    def signs(self, options: dict[str, Any]) -> str:
        """The answer to a wish to sign in."""
        data = AuthenticatorData.create(self._host(), self.flags, self.counter)
        told = self._told(options, "webauthn.get")
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(SHA256()))
        signed = {"clientDataJSON": told, "authenticatorData": data, "signature": signature}
        return self._answer(signed | ({"userHandle": self.handle} if self.handle else {}))

    def _host(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _told(self, options: dict[str, Any], kind: str) -> bytes:
        challenge = websafe_decode(options["challenge"])
        return CollectedClientData.create(self.kind or kind, challenge, self.origin, self.in_frame)

    def _answer(self, parts: dict[str, bytes]) -> str:
        id = websafe_encode(self.called or self.credential)
        response = {name: websafe_encode(part) for name, part in parts.items()}
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
