"""What was done to files: read, written, changed."""

from dashboard import diff, parts
from dashboard.blocks import Use
from dashboard.paint import language
from dashboard.parts import Part
from memory.loose import flag, items, mapping, number, text


def path(use: Use) -> str:
    return text(use.given, "file_path") or text(use.given, "notebook_path") or text(use.given, "path")


def made(use: Use) -> list[diff.Line]:
    """The difference that a use made, from what it answered, else from what it was given."""
    patch = diff.of_patch(items(use.response, "structuredPatch"))
    if patch or use.name == "Write":
        return patch or diff.of_new_file(text(use.given, "content"))
    if use.name == "NotebookEdit":
        return diff.of_strings(text(use.response, "old_source"), text(use.given, "new_source"))
    # One edit is like several: `MultiEdit` holds a list of what `Edit` is.
    return diff.of_edits(items(use.given, "edits") or [use.given])


def counts(use: Use) -> tuple[int, int]:
    """How many lines a use added and removed."""
    patched = diff.counts_of_patch(items(use.response, "structuredPatch"))
    return patched or diff.counts(made(use))


def edited(use: Use, limit: int) -> list[Part]:
    facts = [
        ("Every occurrence", "yes" if flag(use.given, "replace_all") else ""),
        ("Changed by you before it was applied", "yes" if flag(use.response, "userModified") else ""),
    ]
    return parts.change(made(use), limit, language(path(use))) + parts.facts(facts)


def notebook(use: Use, limit: int) -> list[Part]:
    lexer = "markdown" if text(use.given, "cell_type") == "markdown" else "python"
    facts = [("Cell", text(use.given, "cell_id")), ("Mode", text(use.given, "edit_mode"))]
    return parts.facts(facts) + parts.change(made(use), limit, lexer)


def written(use: Use, limit: int) -> list[Part]:
    return parts.change(made(use), limit, language(path(use)))


def read(use: Use, limit: int) -> list[Part]:
    file = mapping(use.response, "file")
    first, lines, all_ = (number(file, name) for name in ("startLine", "numLines", "totalLines"))
    told = f"{first:.0f}–{first + lines - 1:.0f} of {all_:.0f}" if first and lines and all_ else ""
    facts = [("Lines", told), ("Picture", text(file, "type")), ("Pages", text(use.given, "pages"))]
    content = text(file, "content") or (use.response if isinstance(use.response, str) else "")
    return [
        *parts.facts([("Path", path(use)), *facts]),
        *parts.source(content, limit, first=int(first or 1), lexer=language(path(use))),
    ]
