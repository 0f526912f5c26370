"""What the network of this machine needs: its mirror of Debian, its resolver, its certificates, its settings of pip."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

TARGET_FORMAT = "$(ORIGIN)|$(COMPONENT)|$(RELEASE)|$(REPO_URI)"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# The certificates of this machine, in the root: the root's own bundle stays as it is.
BUNDLE_PATH = "/srv/machine/certificates.pem"


@dataclass(frozen=True)
class MachineSettings:
    """`files` are shown in the root at the same place, `environment` goes to commands that use the network."""

    mirror: str
    sources: str
    apt: str
    files: tuple[str, ...]
    bundle: str
    environment: dict[str, str]


def load_settings() -> MachineSettings:
    targets = _list_targets()
    pip = _load_pip_settings()
    bundle = next((path for name in BUNDLES if (path := pip.get(name) or os.environ.get(name, ""))), "")
    environment = {**{name: os.environ[name] for name in PROXIES if name in os.environ}, **pip}
    if bundle:
        environment |= {"PIP_CERT": BUNDLE_PATH, "SSL_CERT_FILE": BUNDLE_PATH}
    files = ("/etc/resolv.conf", *_list_local_files(pip))
    return MachineSettings(targets[0][1], _format_sources(targets), _read_apt_proxies(), files, bundle, environment)


Target = tuple[str, str]  # release, address


def _list_targets() -> list[Target]:
    """Lists what this machine's apt takes packages of Debian 12 from, the release itself first."""
    command = ["apt-get", "indextargets", "--format", TARGET_FORMAT, "Created-By: Packages"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("|") for line in lines]
    targets = {(row[2], row[3]) for row in rows if row[1] == "main" and row[2].startswith("bookworm")}
    if not targets:
        raise RuntimeError("apt of this machine has no source of Debian 12: run apt-get update")
    return sorted(targets)


def _format_sources(targets: list[Target]) -> str:
    return "".join(f"deb {address} {release} main\n" for release, address in targets)


def _read_apt_proxies() -> str:
    lines = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout.splitlines()
    return "".join(f"{line}\n" for line in lines if re.match(r"Acquire::https?::proxy ", line, re.IGNORECASE))


def _load_pip_settings() -> dict[str, str]:
    """Returns the settings of this machine's pip as variables: `global.index-url='…'` is PIP_INDEX_URL."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = [re.fullmatch(r"(?:global|install|:env:)\.([\w-]+)='(.*)'", line) for line in sorted(lines)]
    named = {f"PIP_{pair[1].upper().replace('-', '_')}": pair[2] for pair in pairs if pair}
    return {name: value for name, value in named.items() if name != "PIP_CONFIG_FILE"}


def _list_local_files(pip: dict[str, str]) -> Iterator[str]:
    """Yields the files and folders of this machine that pip reads: packages, constraints."""
    for name, value in pip.items():
        for word in re.split(r"\s+|\\n", value) if name != "PIP_CERT" else ():
            path = urlsplit(word).path if word.startswith("file://") else word
            if path.startswith("/") and Path(path).exists():
                # The pages of an index name files beside it.
                yield str(Path(path).parent) if name.endswith("INDEX_URL") else path
