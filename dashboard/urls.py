"""The addresses of all pages: of every package with a module `urls`, and of every page that is one module.

A module is a page if its name ends with `_page`; its `urlpatterns` stand beside its view.
"""

import pkgutil
from importlib.util import find_spec

from django.urls import URLResolver, include, path

import dashboard


def list_page_modules() -> list[str]:
    """Lists the modules that have addresses, sorted by name."""
    children = list(pkgutil.iter_modules(dashboard.__path__, "dashboard."))
    packages = [f"{child.name}.urls" for child in children if child.ispkg]
    modules = [child.name for child in children if not child.ispkg and child.name.endswith("_page")]
    return sorted([*filter(find_spec, packages), *modules])


def build_patterns() -> list[URLResolver]:
    return [path("", include(module)) for module in list_page_modules()]


urlpatterns = build_patterns()
