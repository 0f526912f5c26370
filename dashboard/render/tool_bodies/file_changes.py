"""Renders reads, writes and edits of files."""

from dashboard.render import line_diff, render_parts
from dashboard.render.highlight import find_lexer
from dashboard.render.render_parts import RenderPart
from dashboard.render.timeline_steps import ToolCall
from events.wire.json_values import get_flag, get_list, get_mapping, get_number, get_text
from memory.rules.tool_catalog import get_tool


def get_file_path(call: ToolCall) -> str:
    return (
        get_text(call.tool_input, "file_path")
        or get_text(call.tool_input, "notebook_path")
        or get_text(call.tool_input, "path")
    )


def compute_difference(call: ToolCall, limit: int) -> line_diff.Difference:
    """Returns the first lines of the difference, from the response of the call, else from its input."""
    hunks = get_list(call.response, "structuredPatch")
    if line_diff.count_patch_changes(hunks) is not None:
        return line_diff.cut_diff(line_diff.diff_patch(hunks), limit, line_diff.measure_patch(hunks))
    family = get_tool(call.name).family
    if family == "write":
        content = get_text(call.tool_input, "content")
        return line_diff.cut_diff(line_diff.diff_new_file(content), limit, line_diff.measure_strings("", content))
    if family == "notebook_edit":
        old, new = get_text(call.response, "old_source"), get_text(call.tool_input, "new_source")
        return line_diff.cut_diff(line_diff.diff_strings(old, new), limit, line_diff.measure_strings(old, new))
    # One edit is handled like several: `MultiEdit` holds a list of the members of `Edit`.
    edits = get_list(call.tool_input, "edits") or [call.tool_input]
    return line_diff.cut_diff(line_diff.diff_edits(edits), limit, line_diff.measure_edits(edits))


def count_changed_lines(call: ToolCall) -> tuple[int, int]:
    """Counts the lines that a call added and removed."""
    patch_counts = line_diff.count_patch_changes(get_list(call.response, "structuredPatch"))
    if patch_counts is not None:
        return patch_counts
    difference = compute_difference(call, line_diff.MAX_COMPARED_LINES)
    return difference.added, difference.removed


def render_edit(call: ToolCall, limit: int) -> list[RenderPart]:
    facts = [
        ("Every occurrence", "yes" if get_flag(call.tool_input, "replace_all") else ""),
        ("Changed by you before it was applied", "yes" if get_flag(call.response, "userModified") else ""),
    ]
    return render_parts.make_diff(
        compute_difference(call, limit), find_lexer(get_file_path(call))
    ) + render_parts.make_facts(facts)


def render_notebook_edit(call: ToolCall, limit: int) -> list[RenderPart]:
    lexer = "markdown" if get_text(call.tool_input, "cell_type") == "markdown" else "python"
    facts = [("Cell", get_text(call.tool_input, "cell_id")), ("Mode", get_text(call.tool_input, "edit_mode"))]
    return render_parts.make_facts(facts) + render_parts.make_diff(compute_difference(call, limit), lexer)


def render_write(call: ToolCall, limit: int) -> list[RenderPart]:
    return render_parts.make_diff(compute_difference(call, limit), find_lexer(get_file_path(call)))


def render_read(call: ToolCall, limit: int) -> list[RenderPart]:
    file = get_mapping(call.response, "file")
    first, lines, total = (get_number(file, name) for name in ("startLine", "numLines", "totalLines"))
    line_range = f"{first:.0f}–{first + lines - 1:.0f} of {total:.0f}" if first and lines and total else ""
    facts = [("Lines", line_range), ("Picture", get_text(file, "type")), ("Pages", get_text(call.tool_input, "pages"))]
    content = get_text(file, "content") or (call.response if isinstance(call.response, str) else "")
    return [
        *render_parts.make_facts([("Path", get_file_path(call)), *facts]),
        *render_parts.make_source(
            content, limit, first_line_number=int(first or 1), lexer=find_lexer(get_file_path(call))
        ),
    ]
