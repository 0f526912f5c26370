"""What was done to files: read, written, changed."""

from dashboard.render import line_diff, render_parts
from dashboard.render.highlight import language
from dashboard.render.render_parts import Part
from dashboard.render.timeline_steps import Use
from events.wire.json_values import flag, items, mapping, number, text


def path(use: Use) -> str:
    return text(use.given, "file_path") or text(use.given, "notebook_path") or text(use.given, "path")


def made(use: Use, limit: int) -> line_diff.Difference:
    """The difference that a use made, from what it answered, else from what it was given; its first lines."""
    hunks = items(use.response, "structuredPatch")
    if line_diff.counts_of_patch(hunks) is not None:
        return line_diff.beginning(line_diff.of_patch(hunks), limit, line_diff.size_of_patch(hunks))
    if use.name == "Write":
        content = text(use.given, "content")
        return line_diff.beginning(line_diff.of_new_file(content), limit, line_diff.size_of_strings("", content))
    if use.name == "NotebookEdit":
        old, new = text(use.response, "old_source"), text(use.given, "new_source")
        return line_diff.beginning(line_diff.of_strings(old, new), limit, line_diff.size_of_strings(old, new))
    # One edit is like several: `MultiEdit` holds a list of what `Edit` is.
    edits = items(use.given, "edits") or [use.given]
    return line_diff.beginning(line_diff.of_edits(edits), limit, line_diff.size_of_edits(edits))


def counts(use: Use) -> tuple[int, int]:
    """How many lines a use added and removed."""
    patched = line_diff.counts_of_patch(items(use.response, "structuredPatch"))
    if patched is not None:
        return patched
    found = made(use, line_diff.MOST)
    return found.added, found.removed


def edited(use: Use, limit: int) -> list[Part]:
    facts = [
        ("Every occurrence", "yes" if flag(use.given, "replace_all") else ""),
        ("Changed by you before it was applied", "yes" if flag(use.response, "userModified") else ""),
    ]
    return render_parts.change(made(use, limit), language(path(use))) + render_parts.facts(facts)


def notebook(use: Use, limit: int) -> list[Part]:
    lexer = "markdown" if text(use.given, "cell_type") == "markdown" else "python"
    facts = [("Cell", text(use.given, "cell_id")), ("Mode", text(use.given, "edit_mode"))]
    return render_parts.facts(facts) + render_parts.change(made(use, limit), lexer)


def written(use: Use, limit: int) -> list[Part]:
    return render_parts.change(made(use, limit), language(path(use)))


def read(use: Use, limit: int) -> list[Part]:
    file = mapping(use.response, "file")
    first, lines, all_ = (number(file, name) for name in ("startLine", "numLines", "totalLines"))
    told = f"{first:.0f}–{first + lines - 1:.0f} of {all_:.0f}" if first and lines and all_ else ""
    facts = [("Lines", told), ("Picture", text(file, "type")), ("Pages", text(use.given, "pages"))]
    content = text(file, "content") or (use.response if isinstance(use.response, str) else "")
    return [
        *render_parts.facts([("Path", path(use)), *facts]),
        *render_parts.source(content, limit, first=int(first or 1), lexer=language(path(use))),
    ]
