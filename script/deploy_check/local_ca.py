"""A certificate authority for one run, in the place of Let's Encrypt."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=7)
Key = ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, domain: str) -> None:
    """Writes `ca.pem`, and `fullchain.pem` and `privkey.pem` for the domain."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "deploy-check")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        **dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            False,
        ),
        encipher_only=False,
        decipher_only=False,
    )
    authority = _begin(ca_name, ca_name, ca_key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    authority = authority.add_extension(usage, True)
    server = _begin(name, ca_name, key).add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), False)
    server = server.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    ca = authority.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    signed = server.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, content in (("ca.pem", ca), ("fullchain.pem", signed + ca), ("privkey.pem", private)):
        (folder / file).write_bytes(content)


def _begin(subject: x509.Name, issuer: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFETIME)
