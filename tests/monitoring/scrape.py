"""What Prometheus would read."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


def scrape(http: httpx.Client) -> Samples:
    """All samples by name and labels."""
    answer = http.get("/metrics")
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def parse(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(http: httpx.Client, name: str, **labels: str) -> float:
    """One figure, summed over the labels that are not given; 0 if there is none."""
    wanted = labels.items()
    return sum(value for (found, has), value in scrape(http).items() if found == name and wanted <= has)
