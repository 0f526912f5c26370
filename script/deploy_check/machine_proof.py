"""Proves what an operator expects of the machine: health, backups, restarts, closed ports, use of resources."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from script.deploy_check import backup_proof
from script.deploy_check.debian_root import DebianRoot
from script.deploy_check.outside import Outside
from script.deploy_check.queue_watch import QueueWatch
from script.deploy_check.report import Report
from script.deploy_check.supervisor import Supervisor
from script.deploy_check.visitor import Visitor, make_event
from tests.server import wait_for

CONNECTIONS = "sudo -u postgres psql -Atc \"SELECT count(*) FROM pg_stat_activity WHERE usename = 'memfog'\""
# Run by the Python of the machine, since the format of the file depends on it.
COUNT_SENT = (
    'import json, shelve; entries = shelve.open("/var/lib/memfog/beat-schedule", "r")["entries"];'
    "print(json.dumps({name: entry.total_run_count for name, entry in entries.items()}))"
)
UNITS = ("memfog-web", "memfog-worker", "memfog-beat")
PUBLIC_PORTS = {80, 443}
LISTENS = "0A"  # the state in /proc/net/tcp
LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
WAIT_S = 60.0
BEAT_S = 75.0
# A task that beat sends once a minute, and nothing else does.
EVERY_MINUTE = "sync.tasks.sync_due_links"


def prove(
    root: DebianRoot, units: Supervisor, outside: Outside, queue: QueueWatch, visitor: Visitor, report: Report
) -> None:
    with report.prove("/readyz and /status say that all is well"):
        _prove_health(visitor)
    with report.prove("only ports 80 and 443 are open to others"):
        assert _list_open_ports() == PUBLIC_PORTS, _list_open_ports()
    backup_proof.prove(root, outside, report)
    report.write_block(_measure_processes(root, units))
    with report.prove("beat sends tasks and keeps when it did") as note:
        note(_prove_beat(root, units, queue))
    for name in UNITS:
        with report.prove(f"{name} restarts, and all is well again"):
            units.restart(name)
            prove_service(visitor, outside)


def _prove_health(visitor: Visitor) -> None:
    visitor.wait_until_ready()
    # A worker and a beat show themselves some seconds after their start.
    wait_for(lambda: not _list_unwell(visitor), what=f"all parts beside {_list_unwell(visitor)}", seconds=WAIT_S)
    status = visitor.browser.get("/status")
    assert status.status_code == 200
    assert "Everything works." in status.text


def _list_unwell(visitor: Visitor) -> dict[str, str]:
    parts = visitor.wait_until_ready().json()
    return {name: state for name, state in parts.items() if state != "ok"}


def prove_service(visitor: Visitor, outside: Outside) -> None:
    """An event is taken, and a mail goes out: web and worker do their work."""
    _prove_health(visitor)
    assert visitor.ingest(json.dumps(make_event("again")).encode()).status_code == 200
    before = len(outside.mailbox.received)
    visitor.program.post("/auth/forgot-password", json={"email": visitor.email})
    wait_for(lambda: len(outside.mailbox.received) > before, what="a mail", seconds=WAIT_S)


def _list_open_ports() -> set[int]:
    """Lists the ports on which something listens for more than this machine."""
    lines = [line for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    listening = [fields[1].split(":") for line in lines if (fields := line.split())[3] == LISTENS]
    return {int(port, 16) for address, port in listening if address not in LOOPBACK and not _is_loopback(address)}


def _is_loopback(address: str) -> bool:
    """Whether it is in 127.0.0.0/8; the kernel writes its bytes in reverse."""
    return len(address) == 8 and address.endswith("7F")


def _prove_beat(root: DebianRoot, units: Supervisor, queue: QueueWatch) -> str:
    """A task that only beat sends reaches the queue, and beat notes it in its file when it stops."""
    wait_for(lambda: EVERY_MINUTE in queue.tasks, what=EVERY_MINUTE, seconds=BEAT_S)
    units.stop("memfog-beat")
    sent = json.loads(root.run(f"cd /opt/memfog && sudo -u memfog .venv/bin/python -c '{COUNT_SENT}'"))
    units.start("memfog-beat")
    assert sum(sent.values()) > 0, sent
    return ", ".join(f"{name} {count}" for name, count in sorted(sent.items()) if count)


def _measure_processes(root: DebianRoot, units: Supervisor) -> str:
    """A table: each unit's processes, memory (its share of what several use) and connections to PostgreSQL."""
    lines = [f"connections to PostgreSQL: {root.run(CONNECTIONS).strip()}"]
    for name in (*UNITS, "redis-server"):
        pids = list(_list_tree(units.running[name].main_pid))
        memory = sum(map(_read_memory, pids)) / 1_024
        lines.append(f"{name}: {len(pids)} processes, {memory:.0f} MB")
    return "\n".join(lines)


def _list_tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in (task / "children").read_text().split():
            yield from _list_tree(int(child))


def _read_memory(pid: int) -> int:
    """The proportional share of memory of a process, in kB."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:  # it has ended
        return 0
    return int(found[1]) if found else 0
