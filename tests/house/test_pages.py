"""A page of the dashboard is served as soon as its module is there, and pages do not know each other."""

import ast
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.urls import resolve
from django.urls.resolvers import RegexPattern, URLResolver

import dashboard
from dashboard import urls
from dashboard.navigation.page_links import PAGE_LINKS
from tests.house.test_house import ROOT

DASHBOARD = ROOT / "dashboard"
# What a page without a place in the layers may import of the dashboard, besides itself.
SHARED = {"base", "render"}
PAGE = """
    from django.http import HttpRequest, HttpResponse
    from django.urls import path


    def trial_view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("a trial")


    urlpatterns = [path("trial", trial_view, name="trial")]
"""


def children() -> dict[str, list[Path]]:
    """The packages and modules of the dashboard, each with its files."""
    packages = {path.parent.name: sorted(path.parent.rglob("*.py")) for path in DASHBOARD.glob("*/__init__.py")}
    return packages | {path.stem: [path] for path in DASHBOARD.glob("*.py") if path.stem != "__init__"}


def layered() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["dashboard"])
    return {name for layer in layers for name in layer.split(" | ")}


def imported(files: list[Path]) -> Iterator[str]:
    """The packages and modules of the dashboard that these files import."""
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("dashboard."))


def test_a_page_without_a_place_in_the_layers_knows_no_other_and_no_other_knows_it() -> None:
    files, placed = children(), layered()
    assert placed <= set(files)
    apart = set(files) - placed
    assert apart
    assert [name for name in apart if not name.endswith("_page")] == []
    for name, its_files in files.items():
        known = set(imported(its_files)) - {name}
        assert known & apart == set(), f"{name} imports a page that has no place in the layers of pyproject.toml"
        if name in apart:
            assert known <= SHARED, f"give {name} a place in the layers of pyproject.toml"


def test_a_page_of_one_module_is_served_as_soon_as_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trial_page.py").write_text(textwrap.dedent(PAGE))
    (tmp_path / "trial.py").write_text("raise AssertionError")
    known = urls.list_page_modules()
    monkeypatch.setattr(dashboard, "__path__", [*dashboard.__path__, str(tmp_path)])
    assert set(urls.list_page_modules()) - set(known) == {"dashboard.trial_page"}
    found = URLResolver(RegexPattern(r"^/"), urls.build_patterns()).resolve("/trial")
    assert found.func(RequestFactory().get("/trial")).content == b"a trial"


def test_every_link_leads_to_a_page() -> None:
    assert len({link.name for link in PAGE_LINKS}) == len(PAGE_LINKS)
    for link in PAGE_LINKS:
        assert resolve(f"/{'' if link.name == 'home' else link.name}").url_name == link.name
