"""A real Prometheus that reads Memfog every second, with the rules of docs/monitoring in a hurry."""

import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.environment import free_port
from tests.faults.parts.service import Service
from tests.server import ROOT, wait_for

RULES = ROOT / "docs/monitoring/alerts.yml"
WINDOW = "20s"  # instead of five minutes, for what is counted
ALERTS = {rule["alert"]: rule["expr"] for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}


class Prometheus:
    """`hurried`: alerts do not wait, and rates are over a short window. The thresholds are those of the file."""

    def __init__(self, folder: Path, target: str) -> None:
        folder.mkdir()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        (folder / "rules.yml").write_text(_hurry(RULES.read_text()))
        scraped = {"job_name": "memfog", "static_configs": [{"targets": [target.removeprefix("http://")]}]}
        pace = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        # A scrape may take as long as Memfog waits for its figures.
        scraped |= {"scrape_interval": "5s", "scrape_timeout": "5s"}
        configured = {"global": pace, "rule_files": ["rules.yml"], "scrape_configs": [scraped]}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configured))
        program = shutil.which("prometheus")
        assert program, "prometheus is needed: apt-get install prometheus"
        places = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
        options = [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        self.service = Service(program, *places, *options, log=folder / "prometheus.log")

    def start(self) -> "Prometheus":
        self.service.start()
        wait_for(self._is_up, what="Prometheus")
        return self

    def stop(self) -> None:
        self.service.stop()

    def firing(self) -> set[str]:
        alerts = self._ask("/api/v1/alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def value(self, alert: str) -> str:
        """What the left side of the alert's expression is now."""
        left = re.split(r" (?:==|>) [\d.]+", _hurry(ALERTS[alert]))[0]
        found = self._ask("/api/v1/query", query=left)["result"]
        return f"{float(found[0]['value'][1]):.4g}" if found else "none"

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def _ask(self, path: str, **query: str) -> Any:
        return httpx.get(f"{self.url}{path}", params=query, verify=False, timeout=30).json()["data"]


def _hurry(rules: str) -> str:
    return re.sub(r"\[5m\]", f"[{WINDOW}]", re.sub(r"^ +for: \w+\n", "", rules, flags=re.MULTILINE))
