"""A hook that stores its input byte for byte: `recorder.py FOLDER` writes its stdin to a file in that folder."""

import sys
import time
from pathlib import Path
from uuid import uuid4

if __name__ == "__main__":
    raw = sys.stdin.buffer.read()
    name = f"{time.time_ns()}-{uuid4().hex}"
    aside = Path(sys.argv[1]) / f".{name}"
    aside.write_bytes(raw)
    aside.rename(aside.with_name(name))
