"""The colors and labels of projects, and the names of machines, as functions of what a user has."""

from itertools import pairwise

from dashboard.render import shown_names
from dashboard.render.shown_names import HUE_COUNT, ShownNames, build_names

SHOP, REPO = "/home/ada/shop", "github.com/ada/shop"


def hues(names: ShownNames, *projects: tuple[str, str]) -> list[int]:
    with shown_names.use_names(lambda: names):
        return [shown_names.project_hue(*project) for project in projects]


def labels(names: ShownNames, *projects: tuple[str, str]) -> list[str]:
    with shown_names.use_names(lambda: names):
        return [shown_names.project_label(*project) for project in projects]


def test_the_first_twelve_projects_have_twelve_colors_and_neighbors_differ() -> None:
    projects = [(f"/p/{number}", "") for number in range(HUE_COUNT)]
    found = hues(build_names(projects, {}), *(("", folder) for folder, _ in projects))
    assert sorted(found) == list(range(HUE_COUNT))
    assert all(min((one - other) % HUE_COUNT, (other - one) % HUE_COUNT) >= 2 for one, other in pairwise(found))


def test_a_new_project_changes_no_color() -> None:
    before = [("/p/b", ""), ("/p/a", "")]
    asked = [("", folder) for folder, _ in before]
    assert hues(build_names(before, {}), *asked) == hues(build_names([*before, ("/p/0", "")], {}), *asked)


def test_a_project_has_one_color_by_its_repository_and_its_folders() -> None:
    names = build_names([("/other", ""), (SHOP, ""), (SHOP, REPO), (f"{SHOP}-2", REPO)], {})
    asked = [("", SHOP), (REPO, SHOP), (REPO, ""), ("", REPO), ("", f"{SHOP}-2"), ("", f"{SHOP}/.claude/worktrees/x")]
    assert len(set(hues(names, *asked))) == 1
    assert hues(names, ("", "/other")) != hues(names, ("", SHOP))


def test_a_folder_above_two_repositories_is_neither() -> None:
    names = build_names([("/work", ""), ("/work", "x/a"), ("/work", "x/b")], {})
    assert len(set(hues(names, ("", "/work"), ("x/a", "/work"), ("x/b", "/work")))) == 3


def test_projects_of_one_name_are_told_apart_and_others_are_not() -> None:
    names = build_names([("/home/ada/api", ""), ("/srv/acme/api", ""), ("/home/ada/web", "")], {})
    asked = (("", "/home/ada/api"), ("", "/srv/acme/api"), ("", "/home/ada/web"))
    assert labels(names, *asked) == ["ada/api", "acme/api", "web"]


def test_a_project_before_and_after_it_had_a_repository_is_one() -> None:
    names = build_names([(SHOP, ""), (SHOP, REPO)], {})
    assert labels(names, ("", SHOP), (REPO, SHOP)) == ["shop", "shop"]


def test_a_project_that_is_new_is_not_known_and_none_is() -> None:
    names = build_names([(SHOP, REPO)], {})
    assert names.knows(REPO, "/anywhere")
    assert names.knows("", SHOP)
    assert names.knows("", "")
    assert not names.knows("", "/new")


def test_without_a_user_a_project_has_a_color_of_its_name() -> None:
    assert shown_names.project_hue("", "/a/shop") == shown_names.project_hue("", "/b/shop") < HUE_COUNT
    assert shown_names.machine_label("laptop") == "laptop"


def test_names_are_loaded_once_and_only_if_they_are_asked_for() -> None:
    loads: list[int] = []

    def load() -> ShownNames:
        loads.append(1)
        return ShownNames(machines={"host-1": "laptop"})

    with shown_names.use_names(load):
        assert not loads
        assert [shown_names.machine_label(one) for one in ("host-1", "host-2")] == ["laptop", "host-2"]
    assert len(loads) == 1
