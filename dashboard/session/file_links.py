"""Links from a tool call to the history of the file that it read or changed. Pure."""

from django.utils.http import urlencode

from dashboard.render.timeline_steps import ToolCall
from dashboard.render.tool_bodies.file_changes import get_file_path
from memory.rules.tool_catalog import get_tool
from memory.values.project_paths import list_file_folders, relate_path

_FILE_FAMILIES = frozenset(("edit", "notebook_edit", "write", "read"))


def build_history_query(call: ToolCall) -> str:
    """Builds the query of the file's history; empty for a call that is not about one file."""
    if get_tool(call.name).family not in _FILE_FAMILIES:
        return ""
    project = next(filter(None, call.folders), "")
    path = relate_path(get_file_path(call), list_file_folders(project, call.folders[-1], call.repo))
    return urlencode({"path": path, "project": project}) if path else ""
