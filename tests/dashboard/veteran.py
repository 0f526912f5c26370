"""The sessions of a user with years of work, made up: imported, long, failed, automated, non-Latin and huge ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

Events = list[dict[str, Any]]
NOW = datetime.now(UTC).replace(microsecond=0)
LONG, HUGE, TABLE, CHINESE, ARABIC = (str(UUID(int=7**20 + n)) for n in range(5))
LONG_LINE = "SELECT " + ", ".join(f"sum(measure_{n}) AS total_of_measure_{n}" for n in range(40)) + " FROM facts;"
TABLE_TEXT = f"""## What the load test says

| endpoint | requests | errors | latency p50 | latency p95 | latency p99 | what to do next |
|---|---:|---:|---:|---:|---:|---|
| `/api/events/stream` | 1,204,331 | 12 | 14 ms | 88 ms | 1,340 ms | keep the connection pool warm after a deploy |
| `/ingest` | 18,220,094 | 0 | 3 ms | 9 ms | 41 ms | nothing: the group commit holds |

The slow query is this one:

```sql
{LONG_LINE}
```

> It runs on each page; **caching its result** for a minute removes most of the load.
"""


class Told:
    """Collects the events of one session; time goes on with each."""

    def __init__(self, session: str, project: str, start: datetime, *, machine: str = "laptop", **client: str) -> None:
        self.session, self.project, self.at, self.events = session, project, start, list[dict[str, Any]]()
        self.client = {"name": "memfog", "machine": machine, **client}
        self.calls = 0

    def kind(self, kind: dict[str, Any]) -> None:
        self.events.append(
            {
                "id": str(uuid4()),
                "ts": self.at.isoformat(),
                "project": self.project,
                "root": self.project,
                "client": self.client,
                "kind": kind,
            }
        )

    def hook(self, hook: str, after: float = 2, **data: Any) -> "Told":
        self.at += timedelta(seconds=after)
        given = {"session_id": self.session, "cwd": self.project, **data}
        self.kind({"type": "HookEvent", "data": {"hook": hook, "data": given}})
        return self

    def tool(self, name: str, given: dict[str, Any], response: object = None, **over: Any) -> "Told":
        """A call of a tool with its result; `error` makes it fail."""
        self.calls += 1
        call = {"tool_name": name, "tool_input": given, "tool_use_id": f"{self.session}-{self.calls}"}
        agent = {key: over.pop(key) for key in ("agent_id", "agent_type") if key in over}
        self.hook("pre_tool_use", 1, **call, **agent)
        if over.pop("open", False):
            return self
        ended = "post_tool_failure" if "error" in over else "post_tool_use"
        return self.hook(ended, over.pop("took", 3), **call, **agent, tool_response=response, duration_ms=900, **over)

    def bash(self, command: str, output: str = "", **over: Any) -> "Told":
        return self.tool("Bash", {"command": command}, {"stdout": output, "stderr": ""}, **over)

    def edit(self, path: str, old: str, new: str) -> "Told":
        lines = [
            " def total(invoice):",
            *(f"-{one}" for one in old.split("\n")),
            *(f"+{one}" for one in new.split("\n")),
        ]
        patch = [{"oldStart": 11, "oldLines": 2, "newStart": 11, "newLines": 2, "lines": [*lines, "     return cents"]}]
        given = {"file_path": f"{self.project}/{path}", "old_string": old, "new_string": new}
        return self.tool("Edit", given, {"filePath": given["file_path"], "structuredPatch": patch})

    def usage(self, model: str, tokens: int) -> "Told":
        counts = {"input_tokens": tokens // 50, "output_tokens": tokens // 20, "cache_read_input_tokens": tokens}
        data = {"session_id": self.session, "message_id": f"msg_{uuid4().hex}", "model": model, **counts}
        self.kind({"type": "Usage", "data": data})
        return self


def veteran() -> Events:
    """All events of the account, in the order in which they happened."""
    told = [*_long(), *_huge(), *_table(), *_languages(), *_failed(), *_imported(), *_automated(), *_years(), *_now()]
    return sorted(told, key=lambda event: event["ts"])


def _long() -> Events:
    """Nine prompts, 270 tool calls, 24 failures, a night in between, and subagents."""
    told = Told(LONG, "/home/ada/orchestrator", NOW - timedelta(days=3, hours=11), branch="feat/retries")
    told.hook("session_start", source="startup", model="claude-opus-4-8-20260401")
    for turn in range(9):
        told.hook("prompt_submit", 8 * 3600 if turn == 5 else 400, prompt=f"{PROMPTS[turn % 3]} Part {turn + 1}.")
        for number in range(30):
            _work(told, turn, number)
        told.usage("claude-opus-4-8-20260401", 400_000 * (turn + 1))
        told.hook("stop", 9, last_assistant_message=f"Part {turn + 1} is done. **{30 * (turn + 1)}** calls so far.")
    return told.events


PROMPTS = (
    "Create the work orders from the plan, then let each subagent implement one, and review what they did together.",
    "/orchestrator create work orders for the retry queue, with a test for each kind of failure that we saw in May",
    "Why does the queue stall after a restart?\nHere is the log:\n  worker 3: lease lost\n  worker 4: lease lost",
)


def _work(told: Told, turn: int, number: int) -> None:
    if number % 10 == 3:
        told.edit(
            f"src/orchestrator/queue/worker_{turn}.py", "    cents = 0", "    cents = round(total, 2)\n    log(cents)"
        )
    elif number % 10 == 6:
        error = f"Exit code 1\nFAILED tests/test_{number}.py::test_retry - AssertionError: 3 != 4"
        told.bash(f"pytest tests/test_{number}.py -q", error=error)
    elif number % 10 == 8:
        told.tool("Read", {"file_path": f"{told.project}/src/orchestrator/api.py"}, {"file": {"numLines": 210}})
    else:
        told.bash(f"grep -rn 'lease' src/orchestrator/queue | head -{number}", "src/queue.py:12: lease = take()\n" * 4)


def _huge() -> Events:
    """An output of 6,000 lines, and a command with lines wider than any screen."""
    told = Told(HUGE, "/srv/infra", NOW - timedelta(hours=5), machine="buildbox")
    told.hook("session_start", source="startup", model="claude-sonnet-5")
    told.hook("prompt_submit", prompt="Why is the nightly build so slow?")
    told.bash("cat build.log", "\n".join(f"[{n:05}] compiling module {n % 97} … ok" for n in range(6_000)))
    told.bash("echo 32", "32")
    told.bash(f"psql -c '{LONG_LINE}'", error="Exit code 2\nERROR:  column \x1b[31mmeasure_7\x1b[0m does not exist")
    told.usage("claude-sonnet-5", 800_000)
    return told.hook("stop", last_assistant_message="Module 12 takes 40 s of 60.").events


def _table() -> Events:
    told = Told(TABLE, "/home/ada/claude-history", NOW - timedelta(days=1, hours=2))
    told.hook("session_start", source="startup", model="claude-fable-5")
    told.hook("prompt_submit", prompt="Run the load test and tell me what to do.")
    told.bash("k6 run load.js", "done")
    told.usage("claude-fable-5", 500_000)
    return told.hook("stop", last_assistant_message=TABLE_TEXT).events


def _languages() -> Events:
    chinese = Told(CHINESE, "/home/ada/中文项目", NOW - timedelta(days=2))
    chinese.hook("prompt_submit", prompt="请遍历所有的文件，找出没有测试的函数，然后为每一个函数写一个测试。" * 2)
    chinese.bash("rg -n '遍历' src", "src/遍历.py:3:# 遍历所有的节点").usage("glm-5.1", 90_000)
    chinese.hook("stop", last_assistant_message="已经完成：一共写了 **十二** 个测试。")
    arabic = Told(ARABIC, "/home/ada/shop", NOW - timedelta(days=2, hours=4))
    arabic.hook("prompt_submit", prompt="أضف اختبارًا لحساب المبلغ المسترد جزئيًا في billing/refunds.py 🚀")
    arabic.edit("billing/refunds.py", "    return total", "    return round(total)")
    return [*chinese.events, *arabic.hook("stop", last_assistant_message="تم.").events]


def _failed() -> Events:
    """A turn that ended in an error of the API, and one that was interrupted while a tool ran."""
    error = Told("failed-1", "/home/ada/training", NOW - timedelta(hours=8))
    error.hook("prompt_submit", prompt="Why does training diverge after step 4000?").bash("tail loss.csv", "nan\nnan")
    error.hook("stop_failure", error="overloaded_error", last_assistant_message="API Error: 529 Overloaded")
    stopped = Told("failed-2", "/home/ada/training", NOW - timedelta(days=4))
    stopped.hook("prompt_submit", prompt="Delete the old checkpoints").bash("rm -r checkpoints", open=True)
    return [*error.events, *stopped.hook("interrupt", 30).hook("session_end", reason="other").events]


def _imported() -> Events:
    """Sessions of last winter: subagents that never ended, of which only ids are known, and compactions in a row."""
    told = Told("imported-1", "/home/ada/claude-history", NOW - timedelta(days=290), branch="main")
    told.hook("session_start", source="startup", model="claude-opus-4-5-20251101")
    for number in range(12):
        agent = {"agent_id": f"aprompt_suggestion-7fc6a{number:02}", "agent_type": ""}
        told.bash(f"git show HEAD~{number}", "commit\n", **agent)
    for _ in range(4):
        told.hook(
            "subagent_stop", agent_id="acompact-1", agent_type="", last_assistant_message="What was done so far …"
        )
    told.usage("claude-opus-4-5-20251101", 30_000_000)
    return told.events


def _automated() -> Events:
    return [event for number in range(30) for event in _run(number)]


def _run(number: int) -> Events:
    start = NOW - timedelta(hours=number, minutes=20)
    told = Told(f"cron-{number}", "/srv/infra", start, machine="buildbox", entrypoint="sdk-cli")
    told.hook("session_start", source="startup")
    told.hook("prompt_submit", prompt="Hello memory agent, you are continuing to observe the primary session.")
    return told.usage("claude-haiku-4-5", 40_000).hook("stop", last_assistant_message="Nothing to do.").events


MODELS = ("claude-opus-4-8-20260401", "claude-sonnet-5", "claude-haiku-4-5-20251001", "MiniMax-M2.7")
FOLDERS = ("/home/ada/api", "/home/ada/web", "/home/ada/app", "/srv/clients/acme/api", "/home/ada/OpenCoreAnalysisKit")


def _years() -> Iterator[dict[str, Any]]:
    """A session on most days of the last four months, in projects of which two have the same name."""
    for ago in range(120, 0, -1):
        if ago % 7 in (0, 6):
            continue
        folder, model = FOLDERS[ago % len(FOLDERS)], MODELS[ago % len(MODELS)]
        told = Told(
            f"day-{ago}", folder, NOW - timedelta(days=ago, hours=ago % 9), machine=("laptop", "buildbox")[ago % 2]
        )
        told.hook("session_start", source="startup", model=model)
        told.hook("prompt_submit", prompt=f"Fix the flaky login test, attempt {ago}")
        told.bash("npm test -- --grep login", "ok").edit("src/login.ts", "    retry(1)", "    retry(3)")
        if ago % 3 == 0:
            told.bash("npm run lint", error="Exit code 1\n3 problems")
        told.usage(model, 100_000 + 37_000 * (ago % 11))
        yield from told.hook("stop", last_assistant_message="Fixed.").events


def _now() -> Events:
    """What goes on now: one asks for permission, one works, and one ended without a prompt."""
    asks = Told("asks-1", "/srv/infra", NOW - timedelta(minutes=9), machine="buildbox")
    asks.hook("session_start", source="startup", model="claude-opus-4-8-20260401")
    asks.hook("prompt_submit", prompt="Apply the new network rules")
    given = {"command": "terraform apply -auto-approve -var-file=production.tfvars"}
    asks.tool("Bash", given, open=True).hook("permission_request", tool_name="Bash", tool_input=given)
    works = Told("works-1", "/home/ada/web", NOW - timedelta(minutes=3))
    works.hook("session_start", source="startup", model="claude-sonnet-5")
    works.hook("prompt_submit", prompt="Make the page of prices load faster").bash("npm run build", open=True)
    untitled = Told("untitled-1", "/home/ada/claude-history", NOW - timedelta(days=20))
    for number in range(40):
        untitled.tool("Read", {"file_path": f"/home/ada/claude-history/src/{number}.ts"}, {"file": {"numLines": 9}})
    return [*asks.events, *works.events, *untitled.usage("claude-opus-4-8-20260401", 9_000_000).events]
