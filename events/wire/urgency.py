"""Recognizes an event by which a session asks its user for something. It only decides how soon the event is projected.
Pure.
"""

_HOOK_MEMBER = '"hook":'
MAX_HOOK_CHARS = 80  # with the white space before it
URGENT_HOOKS = frozenset({"permission_request", "notification", "elicitation", "stop", "stop_failure"})
# Tools that ask the user; the hook is the start of their call.
_ASKING_TOOLS = ('"AskUserQuestion"', '"ExitPlanMode"')


def is_urgent(text: str) -> bool:
    """Whether a session asks for something by this event, by the first name of a hook in its wire JSON."""
    start = text.find(_HOOK_MEMBER) + len(_HOOK_MEMBER)
    hook = text[start : start + MAX_HOOK_CHARS].lstrip()[1:].partition('"')[0]
    return hook in URGENT_HOOKS or (hook == "pre_tool_use" and any(tool in text for tool in _ASKING_TOOLS))
