"""A browser's side of Web Push: it makes a subscription, verifies who sends (RFC 8292) and decrypts (RFC 8291)."""

import base64
import json
import os
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.memory.notifications.receiver import Received

CURVE = ec.SECP256R1()


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Subscription:
    """The subscription of a browser at a push service."""

    def __init__(self, service: str, name: str = "abc", *, secret: int = 0, auth: bytes = b"") -> None:
        self.key = ec.derive_private_key(secret, CURVE) if secret else ec.generate_private_key(CURVE)
        self.auth = auth or os.urandom(16)
        self.service, self.endpoint = service, f"{service}/push/{name}"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def form(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": encode(self.point), "auth": encode(self.auth)}

    def open(self, received: Received, *, server_key: str) -> dict[str, Any]:
        """Verifies and decrypts a message, as the push service and the browser do together."""
        self._verify(received.headers["authorization"], server_key)
        assert received.headers["content-encoding"] == "aes128gcm"
        message: dict[str, Any] = json.loads(self.decrypt(received.body))
        return message

    def _verify(self, header: str, server_key: str) -> None:
        scheme, _, rest = header.partition(" ")
        values = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid"
        assert values["k"] == server_key
        signed, _, signature = values["t"].rpartition(".")
        head, claims = (json.loads(decode(part)) for part in signed.split("."))
        assert head == {"typ": "JWT", "alg": "ES256"}
        assert claims["aud"] == self.service
        assert time.time() < claims["exp"] <= time.time() + 86_400
        assert claims["sub"].startswith("mailto:")
        raw = decode(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decode(server_key))
        key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))

    def decrypt(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        material = _derive(self.auth, shared, b"WebPush: info\0" + self.point + sender, 32)
        key = _derive(salt, material, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(salt, material, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded.endswith(b"\2")
        return padded[:-1]


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
