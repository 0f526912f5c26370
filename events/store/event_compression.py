"""Compresses event texts with zstd and a dictionary of common content; the dictionary nearly halves them. Pure.

Each compressed text names its dictionary; a text from before the first dictionary names none. So a dictionary may be
added, but never changed or removed. `script.dictionary` trains one.
"""

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, get_frame_parameters

CURRENT_DICTIONARY = 1
COMPRESSION_LEVEL = 3
MIN_TEXTS_AT_ONCE = 32  # for fewer, starting a thread takes longer than it saves
DICTIONARY_FOLDER = Path(__file__).parent / "dictionaries"


class _ThreadCodecs(threading.local):
    """Compressor and decompressors of one thread, because they are not thread-safe."""

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


def compress_all(texts: Sequence[str]) -> list[bytes]:
    """Compresses each text. Many are compressed in one call, on two processors, while other threads run."""
    if len(texts) < MIN_TEXTS_AT_ONCE:
        return [compress(text) for text in texts]
    encoded: list[bytes | bytearray | memoryview] = [text.encode() for text in texts]
    found = _codecs.compressor.multi_compress_to_buffer(encoded, threads=2)
    return [found[index].tobytes() for index in range(len(found))]


def decompress(body: bytes | memoryview) -> str:
    number = get_frame_parameters(body).dict_id
    if number not in _codecs.decompressors:
        _codecs.decompressors[number] = ZstdDecompressor(dict_data=_load_dictionary(number))
    return str(_codecs.decompressors[number].decompress(body), "utf-8")


def decompressed_length(body: bytes | memoryview) -> int:
    """Returns the size of the decompressed text in bytes, without decompressing it."""
    return int(get_frame_parameters(body).content_size)


def to_text(value: str | bytes) -> str:
    """Returns a text that may be compressed, depending on the database."""
    return value if isinstance(value, str) else decompress(value)
