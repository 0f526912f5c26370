"""Follows the section *One machine* of docs/deploy.md in an empty Debian 12, and proves that the result serves.

The document is the source: its shell blocks run in their order, its other blocks become the files that it names.
What differs from a machine of your own:

- the texts in `list_substitutions` are replaced;
- `certbot` and Caddy get their certificate from a CA of this run, after what Let's Encrypt would ask for was answered;
- there is no systemd: `systemctl` asks `script.deploy_check.supervisor`, which reads the units and runs their commands;
- apt, pip and debootstrap use the mirrors, certificates and proxies of this machine (`machine_settings`);
- packages are installed in this machine's network, and all else runs in one with nothing but loopback addresses;
- nginx and Caddy are both installed, one after the other.
"""

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

from script.deploy_check import apart, machine_proof, outside, proxy_proof
from script.deploy_check.debian_root import DebianRoot
from script.deploy_check.document import Step, list_steps
from script.deploy_check.outside import BUCKET, DOMAIN, MAIL_PORT, Outside
from script.deploy_check.queue_watch import QueueWatch
from script.deploy_check.report import Report
from script.deploy_check.supervisor import Supervisor
from script.deploy_check.visitor import Visitor

ROOT = Path(__file__).parent.parent.parent
DOCUMENT, SECTION = ROOT / "docs/deploy.md", "One machine"
UPGRADE, UPGRADE_SECTION = ROOT / "docs/upgrading.md", "On one server"
NEXT_RELEASE = "v2"  # as that document calls it; here the same commit
SOURCE = "/srv/memfog.git"
CERTIFICATES = "/srv/certificates"
NEEDS_NETWORK = ("apt-get ", "pip install ")
BUCKET_KEYS = {"BACKUP_S3_KEY=key": "BACKUP_S3_KEY=fog-key", "BACKUP_S3_SECRET=secret": "BACKUP_S3_SECRET=fog-secret"}
OPERATOR = "DJANGO_SUPERUSER_EMAIL=operator@example.com DJANGO_SUPERUSER_PASSWORD='not to be guessed by anyone'"
# Stands in for certbot: asks for a page as Let's Encrypt would, and takes the certificate of this run.
CERTBOT = f"""#!/bin/sh
set -eu
install -d /var/www/html/.well-known/acme-challenge /etc/letsencrypt/live/{DOMAIN}
echo answer >/var/www/html/.well-known/acme-challenge/question
[ "$(curl -fsS http://{DOMAIN}/.well-known/acme-challenge/question)" = answer ]
cp {CERTIFICATES}/fullchain.pem {CERTIFICATES}/privkey.pem /etc/letsencrypt/live/{DOMAIN}/
"""


def list_substitutions(around: Outside) -> dict[str, str]:
    """Lists the texts of the document that are replaced, each with its replacement."""
    return {
        "https://git.example.com/memfog.git": SOURCE,
        "smtp+tls://user:password@smtp.example.com:587": f"smtp://127.0.0.1:{MAIL_PORT}",
        "https://s3.example.com": around.bucket_endpoint,
        "s3://memfog-backups/": f"s3://{BUCKET}/",
        **BUCKET_KEYS,
        "age1operators,age1offline": ",".join(around.recipients),
        f"{DOMAIN} {{\n\trequest_body": f"{DOMAIN} {{\n\ttls {CERTIFICATES}/fullchain.pem {CERTIFICATES}/privkey.pem\n"
        "\trequest_body",
        ".venv/bin/python manage.py createsuperuser": f"env {OPERATOR} .venv/bin/python manage.py createsuperuser "
        "--noinput",
    }


class Course:
    """One walk through the document."""

    def __init__(self, folder: Path, around: Outside, report: Report) -> None:
        self.around, self.report = around, report
        self.root = DebianRoot(folder)
        self.substitutions = list_substitutions(around)
        self.used = set[str]()

    def prepare(self) -> None:
        self.root.make()
        self.root.bind(self.root.path.parent / "memfog.git", SOURCE)
        self.root.bind(self.around.certificates, CERTIFICATES)
        self.root.write("/etc/hosts", f"127.0.0.1 localhost {DOMAIN} {socket.gethostname()}\n")
        # Proofs outside of the root find the server by its name, too.
        subprocess.run(["mount", "--bind", self.root.path / "etc/hosts", "/etc/hosts"], check=True)
        self.root.write("/usr/local/bin/certbot", CERTBOT, 0o755)
        self.units = Supervisor(self.root)
        self.units.install()

    def follow(self, steps: list[Step]) -> None:
        heading = ""
        for step in steps:
            if heading and heading != step.heading:
                self.finish(heading)
            if heading != step.heading:
                self.report.write(f"== {step.heading}")
            heading = step.heading
            self.take(step)
        self.finish(heading)

    def check_substitutions(self) -> None:
        unused = set(self.substitutions) - self.used
        assert not unused, f"not in the document: {unused}"

    def take(self, step: Step) -> None:
        text = self.substitute(step.text)
        if step.path:
            self.report.write(f"    {step.path}: {len(text.splitlines())} lines")
            self.root.write(step.path, text)
            return
        self.report.write_block(text)
        self.root.run(text, network=any(word in text for word in NEEDS_NETWORK))
        self.adapt_new_packages()
        started = self.units.start_installed()
        if started:
            self.report.write(f"    started by their packages: {', '.join(started)}")

    def substitute(self, text: str) -> str:
        for old, new in self.substitutions.items():
            if old in text:
                self.used.add(old)
                text = text.replace(old, new)
        return text

    def adapt_new_packages(self) -> None:
        """Does what an empty machine with a network of its own would have done by itself."""
        cluster = self.root.path / "etc/postgresql/15/main/postgresql.conf"
        if cluster.exists() and "port = 5432" not in cluster.read_text():
            # While packages were installed, another PostgreSQL of this machine had the port.
            self.root.run("pg_conftool 15 main set port 5432")
        anchor = self.root.path / "usr/local/share/ca-certificates/check.crt"
        if anchor.parent.exists() and not anchor.exists():
            anchor.write_bytes((self.around.certificates / "ca.pem").read_bytes())
            self.root.run("update-ca-certificates")

    def finish(self, heading: str) -> None:
        """Proves what a heading of the document promises, once its last block has run."""
        if heading == "7. Processes":
            self.queue = QueueWatch("redis://127.0.0.1:6379/0")
        if heading == "With nginx":
            self.root.run("certbot renew")
            proxy_proof.prove("nginx", self.around, self.report, number=7).close()
            self.root.run("systemctl disable --now nginx")
        if heading == "With Caddy":
            self.visitor: Visitor = proxy_proof.prove("Caddy", self.around, self.report, number=8)


def follow_document(folder: Path) -> int:
    report = Report()
    # Processes of the root, and the mounts, end with this one.
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with outside.running(folder / "outside") as around:
        course = Course(folder, around, report)
        try:
            course.prepare()
            course.follow(list_steps(DOCUMENT, SECTION))
            machine_proof.prove(course.root, course.units, around, course.queue, course.visitor, report)
            if UPGRADE.exists():
                course.follow(list_steps(UPGRADE, UPGRADE_SECTION))
                with report.prove("the release after it serves"):
                    machine_proof.prove_service(course.visitor, around)
            course.check_substitutions()
            course.units.stop_all()
        except Exception as error:  # the transcript ends with it
            report.write(f"{type(error).__name__}: {error}")
            for log in sorted(folder.glob("*.log")):
                report.write(f"-- {log.name}")
                report.write_block(log.read_text(errors="replace")[-3_000:])
            return 1
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report.write(f"{report.proofs} proofs passed, {used.ru_utime + used.ru_stime:.0f} s of processor time")
    return 0


def _clone_to(bare: Path) -> None:
    """Clones this repository, whose files may belong to another user, and tags the next release."""
    git_config = bare.with_name("gitconfig")
    git_config.write_text("[safe]\n\tdirectory = *\n")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(git_config)}
    subprocess.run(["git", "clone", "--quiet", "--bare", f"file://{ROOT}", bare], check=True, env=environment)
    subprocess.run(["git", "-C", bare, "tag", NEXT_RELEASE], check=True, env=environment)


def main(arguments: list[str]) -> int:
    if arguments:
        return follow_document(Path(arguments[0]))
    if os.geteuid():
        sys.exit("script/deploy-check needs root, for a root of its own")
    with apart.scratch_folder() as folder:
        _clone_to(folder / "memfog.git")
        code = apart.run_apart([sys.executable, "-m", "script.deploy_check", str(folder)])
    left = apart.list_left(folder)
    sys.stdout.write(f"left of the run: {', '.join(left) or 'nothing'}\n")
    return code or int(bool(left))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
