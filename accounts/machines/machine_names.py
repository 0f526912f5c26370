"""The names that users give their machines. The log and the wire keep the names that the machines send."""

from uuid import UUID

from accounts.api_base.problem import Problem
from accounts.models import MachineName, MachineReport
from accounts.models.machine_name import MAX_CAPTURED_CHARS, MAX_MACHINE_LABEL_CHARS

MAX_NAMES = 100  # per user


def load_names(user_id: UUID) -> dict[str, str]:
    """Loads the names that a user gave, by the name that the machine sends."""
    return dict(MachineName.objects.for_user(user_id).values_list("machine", "name"))


def set_name(user_id: UUID, machine: str, name: str) -> None:
    """Gives a machine a name; an empty one, or the machine's own, takes it back.

    Raises Problem `invalid_input` if the name is not valid or another machine has it, in any case of letters: rules
    for notices find a machine by its name.
    """
    name = name.strip()
    _check_machine(machine)
    rows = MachineName.objects.for_user(user_id)
    if name in ("", machine):
        rows.filter(machine=machine).delete()
        return
    _check_name(name)
    others = rows.exclude(machine=machine).values_list("machine", "name")
    reported = MachineReport.objects.for_user(user_id).exclude(name=machine).values_list("name", flat=True)
    taken = {known.casefold() for known in [*(each for other in others for each in other), *reported]}
    if name.casefold() in taken:
        raise Problem("invalid_input", "Another of your machines has this name. Choose another one.")
    if len(others) >= MAX_NAMES:
        raise Problem("invalid_input", f"At most {MAX_NAMES} machines can have names.")
    rows.update_or_create(user_id=user_id, machine=machine, defaults={"name": name})


def _check_machine(machine: str) -> None:
    if not machine or len(machine) > MAX_CAPTURED_CHARS or "\0" in machine:
        raise Problem("invalid_input", "This is not the name of a machine.")


def _check_name(name: str) -> None:
    # A comma separates the machines of a rule for notices.
    if len(name) > MAX_MACHINE_LABEL_CHARS or not name.isprintable() or "," in name:
        raise Problem(
            "invalid_input", f"A name has at most {MAX_MACHINE_LABEL_CHARS} characters, on one line and without commas."
        )
