"""Events as bytes: zstd, with a dictionary of what stands in nearly all of them. That nearly halves them. Pure.

Each packed text names its dictionary; those from before there was one name none. So dictionaries are added, and never
changed or taken away. `script.dictionary` trains one.
"""

import threading
from functools import cache
from pathlib import Path

from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, get_frame_parameters

LATEST = 1
LEVEL = 3
FOLDER = Path(__file__).parent / "dictionaries"


class _Local(threading.local):
    """Each thread's own: they serve one at a time."""

    def __init__(self) -> None:
        self.compressor = ZstdCompressor(level=LEVEL, dict_data=_dictionary(LATEST))
        self.decompressors: dict[int, ZstdDecompressor] = {}


@cache
def _dictionary(number: int) -> ZstdCompressionDict | None:
    if number == 0:
        return None
    dictionary = ZstdCompressionDict((FOLDER / f"{number}.zstd").read_bytes())
    if number == LATEST:
        dictionary.precompute_compress(level=LEVEL)
    return dictionary


_local = _Local()


def packed(text: str) -> bytes:
    body: bytes = _local.compressor.compress(text.encode())
    return body


def unpacked(body: bytes | memoryview) -> str:
    number = get_frame_parameters(body).dict_id
    if number not in _local.decompressors:
        _local.decompressors[number] = ZstdDecompressor(dict_data=_dictionary(number))
    return str(_local.decompressors[number].decompress(body), "utf-8")


def length(body: bytes | memoryview) -> int:
    """Bytes of the text that this holds, told without unpacking it."""
    return int(get_frame_parameters(body).content_size)


def plain(value: str | bytes) -> str:
    """A text that some databases keep packed."""
    return value if isinstance(value, str) else unpacked(value)
