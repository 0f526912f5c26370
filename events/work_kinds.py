"""The kinds of work in PostgreSQL: the name that each works under, and how long its statements may take.

The settings import this module, so it does not import Django. `docs/deploy.md` lists the same limits.
"""

from dataclasses import dataclass

# If a process freezes or vanishes, its open transactions must not keep its users' streams locked.
IDLE_IN_TRANSACTION_S = 30
# Compiling the plan of a statement takes longer than the statements of pages, which the planner takes for long ones.
COMPILES_PLANS = "off"


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of work: seconds that one statement may take, and may wait for one lock; 0 is no limit."""

    name: str
    statement_s: int
    lock_s: int = 0

    def make_options(self, *, pooled: bool, extra: str = "") -> dict[str, str]:
        """Makes the connection parameters that carry the name and the limits, and options of the operator's own.

        A pooler shares connections, and refuses `options`. There the limits are the role's, see `acting_for`.
        """
        name = {"application_name": f"memfog {self.name}"}
        return name if pooled else {**name, "options": f"{self._list_limits()} {extra}".strip()}

    def _list_limits(self) -> str:
        limits = {
            "statement_timeout": self.statement_s,
            "lock_timeout": self.lock_s,
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_S,
        }
        return " ".join([f"-c jit={COMPILES_PLANS}", *(f"-c {name}={seconds}s" for name, seconds in limits.items())])


# Below the 25 seconds after which a request is answered 503: a thread that waits in vain is free again by then.
PAGE = WorkKind("page", 20)
INGEST = WorkKind("ingest", 15)
STREAM = WorkKind("stream", 15)
TASK = WorkKind("task", 120)
COMMAND = WorkKind("command", 0)
# All others wait behind a migration that waits for a table, so it soon fails instead and is tried again.
MIGRATION = WorkKind("migration", 0, lock_s=5)
# Erases an account, in one transaction: each of its statements may go over all rows of a table.
ERASURE = WorkKind("erasure", 600)
