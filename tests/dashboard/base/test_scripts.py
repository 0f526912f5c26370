import subprocess
from pathlib import Path


def test_the_arithmetic_of_the_browser_code_holds() -> None:
    script = Path(__file__).with_name("plan.test.mjs")
    ran = subprocess.run(["node", "--test", str(script)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
