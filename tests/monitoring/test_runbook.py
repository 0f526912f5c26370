"""Alerts, dashboard and runbook name figures that exist, and each alert has its entry."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.server import ROOT, wait_for

FOLDER = ROOT / "docs/monitoring"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
SUFFIXES = ("", "_bucket", "_sum", "_count", "_total")
SEVERITIES = {"critical", "warning"}


def named(expressions: Iterator[str]) -> set[str]:
    return {name for text in expressions for name in re.findall(r"\bmemfog_\w+", text)}


def test_each_alert_has_an_entry_and_each_entry_an_alert() -> None:
    alerts = [rule["alert"] for rule in RULES]
    assert alerts == re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    for rule in RULES:
        entry = RUNBOOK.split(f"## {rule['alert']}\n")[1].split("\n## ")[0]
        assert "- Do: " in entry, rule["alert"]
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in SEVERITIES


@pytest.mark.redis
@pytest.mark.postgresql
def test_each_figure_that_they_name_is_at_metrics(http: httpx.Client) -> None:
    def find_missing() -> set[str]:
        families = [family.name for family in text_string_to_metric_families(http.get("/metrics").text)]
        there = {f"{name}{suffix}" for name in families for suffix in SUFFIXES}
        return wanted - there

    expressions = [rule["expr"] for rule in RULES]
    expressions += [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    wanted = named(iter(expressions)) | named(iter(re.findall(r"`([^`]+)`", RUNBOOK)))
    assert len(wanted) > 20
    wait_for(lambda: not find_missing(), what=f"each of {sorted(find_missing())}")


def test_the_dashboard_has_no_panel_without_a_title_or_a_figure() -> None:
    assert len({panel["title"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(named(target["expr"] for target in panel["targets"]) for panel in DASHBOARD["panels"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)


@pytest.mark.prometheus
def test_prometheus_takes_the_rules() -> None:
    done = subprocess.run(["promtool", "check", "rules", FOLDER / "alerts.yml"], capture_output=True, text=True)
    assert (done.returncode, f"{len(RULES)} rules found" in done.stdout) == (0, True), done.stderr


# For each alert, figures by which it fires, and figures that are near and by which it does not.
FIRES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "MemfogDown": ({'up{job="memfog"}': "0x60"}, {'up{job="memfog"}': "1x60"}),
    "MemfogFiguresUnread": ({"memfog_state_read": "0x60"}, {"memfog_state_read": "1x60"}),
    "MemfogDatabaseDown": (
        {'memfog_part_up{part="database"}': "0x60"},
        {'memfog_part_up{part="database",instance="a"}': "0x60", 'memfog_part_up{part="database"}': "1x60"},
    ),
    "MemfogBrokerDown": ({'memfog_part_up{part="broker"}': "0x60"}, {'memfog_part_up{part="broker"}': "1x60"}),
    "MemfogSchemaMisfit": (
        {'memfog_part_up{part="schema"}': "0x60", 'memfog_part_up{part="database"}': "1x60"},
        {'memfog_part_up{part="schema"}': "0x60", 'memfog_part_up{part="database"}': "0x60"},
    ),
    "MemfogWorkerDown": (
        {'memfog_processes{process="worker"}': "0x60"},
        {'memfog_processes{process="worker"}': "1x60"},
    ),
    "MemfogWorkerStuck": (
        {
            'memfog_queue_heartbeat_age_seconds{queue="celery"}': "200x60",
            'memfog_processes{process="beat"}': "1x60",
            'memfog_processes{process="worker"}': "1x60",
        },
        {
            'memfog_queue_heartbeat_age_seconds{queue="celery"}': "200x60",
            'memfog_processes{process="beat"}': "0x60",
            'memfog_processes{process="worker"}': "1x60",
        },
    ),
    "MemfogBeatDown": ({'memfog_processes{process="beat"}': "0x60"}, {'memfog_processes{process="beat"}': "1x60"}),
    "MemfogBeatTwice": ({'memfog_processes{process="beat"}': "2x60"}, {'memfog_processes{process="beat"}': "1x60"}),
    "MemfogQueueLong": (
        {'memfog_queue_length{queue="celery"}': "501x60"},
        {'memfog_queue_length{queue="celery"}': "500x60"},
    ),
    "MemfogDerivationBehind": (
        {'memfog_derivation_lag_seconds{quantile="1"}': "121x60"},
        {'memfog_derivation_lag_seconds{quantile="1"}': "119x60"},
    ),
    "MemfogRequestsFail": (
        {
            'memfog_request_seconds_count{status="5xx"}': "0+3x60",
            'memfog_request_seconds_count{status="2xx"}': "0+97x60",
        },
        {
            'memfog_request_seconds_count{status="5xx"}': "0+1x60",
            'memfog_request_seconds_count{status="2xx"}': "0+99x60",
        },
    ),
    "MemfogIngestSlow": (
        {
            'memfog_request_seconds_bucket{route="/ingest",le="2.5"}': "0+98x60",
            'memfog_request_seconds_bucket{route="/ingest",le="5.0"}': "0+100x60",
            'memfog_request_seconds_bucket{route="/ingest",le="+Inf"}': "0+100x60",
        },
        {
            'memfog_request_seconds_bucket{route="/ingest",le="2.5"}': "0+100x60",
            'memfog_request_seconds_bucket{route="/ingest",le="+Inf"}': "0+100x60",
        },
    ),
    "MemfogCommitSlow": (
        {
            'memfog_commit_seconds_bucket{le="1.0"}': "0+98x60",
            'memfog_commit_seconds_bucket{le="5.0"}': "0+100x60",
            'memfog_commit_seconds_bucket{le="+Inf"}': "0+100x60",
        },
        {'memfog_commit_seconds_bucket{le="1.0"}': "0+100x60", 'memfog_commit_seconds_bucket{le="+Inf"}': "0+100x60"},
    ),
    "MemfogTasksFail": (
        {'memfog_tasks_total{task="t",outcome="failed"}': "0+1x60"},
        {'memfog_tasks_total{task="t",outcome="failed"}': "7x60"},
    ),
    "MemfogMailLate": ({"memfog_mail_oldest_due_seconds": "901x60"}, {"memfog_mail_oldest_due_seconds": "899x60"}),
    "MemfogMailGivenUp": ({"memfog_mail_given_up": "0x20 3x40"}, {"memfog_mail_given_up": "3x60"}),
    "MemfogBackupLate": ({"memfog_backup_late": "1x60"}, {"memfog_backup_late": "0x60"}),
    "MemfogRehearsalOverdue": (
        {"memfog_backup_rehearsal_overdue": "1x90"},
        {"memfog_backup_rehearsal_overdue": "0x90"},
    ),
    "MemfogConnectionsScarce": (
        {'memfog_database_connections{state="idle"}': "81x60", "memfog_database_connections_limit": "100x60"},
        {'memfog_database_connections{state="idle"}': "79x60", "memfog_database_connections_limit": "100x60"},
    ),
}


def test_each_alert_has_figures_that_try_it() -> None:
    assert set(FIRES) == {rule["alert"] for rule in RULES}


@pytest.mark.prometheus
def test_each_alert_fires_by_its_figures_and_not_by_near_ones(tmp_path: Path) -> None:
    cases = [
        {
            "name": f"{alert} {'fires' if fires else 'is silent'}",
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in figures.items()],
            # Counted only: labels and texts are for people.
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > 0',
                    "eval_time": "65m" if alert == "MemfogRehearsalOverdue" else "45m",
                    "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
                }
            ],
        }
        for alert, both in FIRES.items()
        for fires, figures in zip((True, False), both, strict=True)
    ]
    rules = {"rule_files": [str(FOLDER / "alerts.yml")], "evaluation_interval": "1m", "tests": cases}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(rules))
    done = subprocess.run(["promtool", "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
