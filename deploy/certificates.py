"""Until hubs enrol themselves, an operator makes their certificates with this script.

`python deploy/certificates.py authority DIR` once; then `… broker DIR NAME` for the cloud's broker
and `… hub DIR HUB_ID` for each hub. Keys are P-256 and readable by their owner only; a hub's
certificate lives 30 days and can only be a client.
"""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS, BROKER_DAYS, HUB_DAYS = 3650, 365, 30


def main(arguments: list[str]) -> int:
    """Exit status 0: written; 1: the authority is missing or already there; 2: usage."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("authority").add_argument("folder", type=Path)
    for name in ("broker", "hub"):
        one = what.add_parser(name)
        one.add_argument("folder", type=Path)
        one.add_argument("name", help="the broker's host name, or the hub's id")
    told = parser.parse_args(arguments)
    now = datetime.now(UTC)
    try:
        if told.what == "authority":
            make_authority(told.folder, now)
        else:
            make_leaf(told.folder, told.name, now, is_hub=told.what == "hub")
    except (FileExistsError, FileNotFoundError) as refused:
        sys.stderr.write(f"certificates: {refused}\n")
        return 1
    return 0


def make_authority(folder: Path, now: datetime) -> None:
    """Write ca.pem and ca.key; raises `FileExistsError` rather than replace an authority."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "ca.key").exists():
        raise FileExistsError(f"{folder / 'ca.key'} is there already; every hub trusts it")
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Hearthline hub authority")
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca.key", key)
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def make_leaf(folder: Path, name: str, now: datetime, *, is_hub: bool) -> None:
    """Write NAME.pem and NAME.key, signed by the folder's authority (`FileNotFoundError`)."""
    if not (folder / "ca.key").exists():
        raise FileNotFoundError(f"no authority in {folder}: make one with `authority {folder}`")
    signer = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if is_hub else ExtendedKeyUsageOID.SERVER_AUTH
    builder = (
        _builder(
            issuer.subject, _name(name), key.public_key(), now, HUB_DAYS if is_hub else BROKER_DAYS
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not is_hub:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
    _write(folder / f"{name}.key", key)
    signed = builder.sign(signer, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
