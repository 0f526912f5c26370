"""Events as bytes: zstd, with a dictionary of what stands in nearly all of them. That nearly halves them. Pure.

Each packed text names its dictionary; those from before there was one name none. So dictionaries are added, and never
changed or taken away. `script.dictionary` trains one.
"""

import threading
from functools import cache
from pathlib import Path

from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, get_frame_parameters

CURRENT_DICTIONARY = 1
COMPRESSION_LEVEL = 3
DICTIONARY_FOLDER = Path(__file__).parent / "dictionaries"


class _ThreadCodecs(threading.local):
    """Each thread's own: they serve one at a time."""

    def __init__(self) -> None:
        self.compressor = ZstdCompressor(level=COMPRESSION_LEVEL, dict_data=_load_dictionary(CURRENT_DICTIONARY))
        self.decompressors: dict[int, ZstdDecompressor] = {}


@cache
def _load_dictionary(number: int) -> ZstdCompressionDict | None:
    if number == 0:
        return None
    dictionary = ZstdCompressionDict((DICTIONARY_FOLDER / f"{number}.zstd").read_bytes())
    if number == CURRENT_DICTIONARY:
        dictionary.precompute_compress(level=COMPRESSION_LEVEL)
    return dictionary


_codecs = _ThreadCodecs()


def compress(text: str) -> bytes:
    body: bytes = _codecs.compressor.compress(text.encode())
    return body


def decompress(body: bytes | memoryview) -> str:
    number = get_frame_parameters(body).dict_id
    if number not in _codecs.decompressors:
        _codecs.decompressors[number] = ZstdDecompressor(dict_data=_load_dictionary(number))
    return str(_codecs.decompressors[number].decompress(body), "utf-8")


def decompressed_length(body: bytes | memoryview) -> int:
    """Bytes of the text that this holds, told without unpacking it."""
    return int(get_frame_parameters(body).content_size)


def to_text(value: str | bytes) -> str:
    """A text that some databases keep packed."""
    return value if isinstance(value, str) else decompress(value)
