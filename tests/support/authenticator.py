"""A security key in software, with the browser around it: makes passkeys and signs with them.
https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
ORIGIN = "http://localhost"


class Authenticator:
    """Holds one passkey. `origin` is that of the page that uses it; `count` its counter."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.count = 0
        self.flags = PRESENT | VERIFIED
        self.handle = b""
        self.id = secrets.token_bytes(16)
        self._key = generate_private_key(SECP256R1())

    def create(self, options: dict[str, Any]) -> str:
        """Return what the browser sends for `navigator.credentials.create`."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        data = self._data(options["rp"]["id"], self.flags | HAS_KEY)
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options["challenge"])
        return self._credential(clientDataJSON=client, attestationObject=attestation)

    def get(self, options: dict[str, Any], rp_id: str | None = None) -> str:
        """Return what the browser sends for `navigator.credentials.get`."""
        data = self._data(rp_id or options["rpId"], self.flags)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=self.handle,
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        place = hashlib.sha256(rp_id.encode()).digest()
        return place + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        about = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(about).encode()

    def _credential(self, **response: bytes) -> str:
        encoded = {name: bytes_to_base64url(value) for name, value in response.items() if value}
        key = bytes_to_base64url(self.id)
        return json.dumps({"id": key, "rawId": key, "type": "public-key", "response": encoded})
