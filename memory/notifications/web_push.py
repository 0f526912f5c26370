"""Web Push: messages to browsers, encrypted for them (RFC 8291) and signed for their push services (RFC 8292).

`pywebpush` would do this, but it resolves names itself and follows redirects, which `outbound_http` must not.
"""

import base64
import json
import time
from functools import cache
from hashlib import sha512
from os import urandom
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from memory.notifications.channel_messages import Message

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

RECORD_BYTES = 4_096  # one record holds the whole message
MAX_PAYLOAD_BYTES = RECORD_BYTES - 103  # without the header, the tag and the delimiter
MESSAGE_TTL_S = 3_600  # how long a push service keeps a message for a browser that is away
TOKEN_LIFETIME_S = 12 * 3_600  # at most 24 hours
_CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_AUTH_BYTES, _POINT_BYTES = 16, 65


def is_offered() -> bool:
    """Whether this server has a key for push messages."""
    return bool(settings.PUSH_KEY)


@cache
def _signing_key(secret: str) -> "EllipticCurvePrivateKey":
    """Derives the private key from the secret of the settings: any text with enough entropy is a key."""
    from cryptography.hazmat.primitives.asymmetric import ec  # imported with the first message: it takes 9 MB

    number = int.from_bytes(sha512(b"memfog push " + secret.encode()).digest())
    return ec.derive_private_key(number % (_CURVE_ORDER - 1) + 1, ec.SECP256R1())


def load_public_key() -> str:
    """Returns the public key of this server, which a browser needs to subscribe: base64url of 65 bytes."""
    return encode(_to_point(_signing_key(settings.PUSH_KEY)))


def build_push(target: dict[str, str], payload: bytes, *, topic: str, is_urgent: bool) -> Message:
    """Builds the request that sends a payload to a subscription. A later message of a topic replaces an earlier one
    that has not reached the browser.
    """
    headers = {
        "authorization": f"vapid t={_make_token(target['endpoint'])}, k={load_public_key()}",
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(MESSAGE_TTL_S),
        "urgency": "high" if is_urgent else "normal",
        "topic": topic,
    }
    body = encrypt(payload, decode(target["p256dh"]), decode(target["auth"]))
    return Message(target["endpoint"], body, headers)


def _make_token(endpoint: str) -> str:
    """Makes the JWT by which the push service knows who sends (ES256)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_LIFETIME_S,
        "sub": f"mailto:{settings.SUPPORT_EMAIL}",
    }
    signed = ".".join(encode(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "ES256"}, claims))
    der = _signing_key(settings.PUSH_KEY).sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    signature = b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
    return f"{signed}.{encode(signature)}"


def encrypt(payload: bytes, receiver_key: bytes, auth: bytes, *, salt: bytes = b"", sender_secret: int = 0) -> bytes:
    """Encrypts a payload for a subscription: its public key and its authentication secret. RFC 8291, section 3.4.

    A new key and salt for each message; a test gives its own. Raises ValueError.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError("the payload is too long")
    curve = ec.SECP256R1()
    sender = ec.derive_private_key(sender_secret, curve) if sender_secret else ec.generate_private_key(curve)
    receiver = ec.EllipticCurvePublicKey.from_encoded_point(curve, receiver_key)
    shared, sender_key, salt = sender.exchange(ec.ECDH(), receiver), _to_point(sender), salt or urandom(16)
    key_material = _derive(auth, shared, b"WebPush: info\0" + receiver_key + sender_key, 32)
    content_key = _derive(salt, key_material, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, key_material, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([len(sender_key)]) + sender_key
    return header + AESGCM(content_key).encrypt(nonce, payload + b"\2", None)


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return bytes(HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret))


def _to_point(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def is_subscription(p256dh: str, auth: str) -> bool:
    """Whether these are the keys of a subscription: a point of the curve and 16 bytes, in base64url."""
    try:
        encrypt(b"", decode(p256dh), decode(auth))
        return len(decode(p256dh)) == _POINT_BYTES and len(decode(auth)) == _AUTH_BYTES
    except ValueError:
        return False


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decodes base64url with or without padding. Raises ValueError."""
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
