"""Encodes columns of rows as binary arrays of PostgreSQL.

psycopg inspects each element to find the type of a list, which took as long as parsing an event's JSON. Here the
class names the type. The format is that of PostgreSQL's array_recv (src/backend/utils/adt/arrayfuncs.c).
"""

import struct
from collections.abc import Sequence
from itertools import chain
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = struct.Struct("!iIIii")  # dimensions, flags, element type, element count, index of the first element
_LENGTH = struct.Struct("!i")
_UUID_LENGTH = _LENGTH.pack(16)
_NULL = _LENGTH.pack(-1)
_INT64 = struct.Struct("!iq")
_BOOLEANS = {False: _LENGTH.pack(1) + b"\0", True: _LENGTH.pack(1) + b"\1"}


class PgArray:
    """The bytes of an array. Each element type has a subclass, from which psycopg finds the OID of the type."""

    type_name: str

    def __init__(self, count: int, elements: bytes, *, nulls: bool = False) -> None:
        self.data = _HEADER.pack(1, nulls, psycopg.adapters.types[self.type_name].oid, count, 1) + elements


class UuidArray(PgArray):
    type_name = "uuid"

    def __init__(self, values: Sequence[UUID]) -> None:
        super().__init__(len(values), b"".join([_UUID_LENGTH + value.bytes for value in values]))


class Int64Array(PgArray):
    """An array of 64-bit integers."""

    type_name = "int8"

    def __init__(self, values: Sequence[int]) -> None:
        pairs = chain.from_iterable([(8, value) for value in values])
        super().__init__(len(values), struct.pack("!" + "iq" * len(values), *pairs))


class ByteaArray(PgArray):
    """An array of bytes; an element may be NULL."""

    type_name = "bytea"

    def __init__(self, values: Sequence[bytes | None]) -> None:
        elements = [_NULL if value is None else _LENGTH.pack(len(value)) + value for value in values]
        super().__init__(len(values), b"".join(elements), nulls=None in values)


class NullableInt64Array(PgArray):
    """An array of 64-bit integers; an element may be NULL."""

    type_name = "int8"

    def __init__(self, values: Sequence[int | None]) -> None:
        elements = b"".join([_NULL if value is None else _INT64.pack(8, value) for value in values])
        super().__init__(len(values), elements, nulls=None in values)


class BooleanArray(PgArray):
    type_name = "bool"

    def __init__(self, values: Sequence[bool]) -> None:
        super().__init__(len(values), b"".join([_BOOLEANS[value] for value in values]))


class TextArray(PgArray):
    type_name = "text"

    def __init__(self, values: Sequence[str]) -> None:
        encoded = [value.encode() for value in values]
        super().__init__(len(encoded), b"".join([_LENGTH.pack(len(value)) + value for value in encoded]))


class _RawDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PgArray) -> bytes:
        return obj.data


for kind in (UuidArray, Int64Array, NullableInt64Array, BooleanArray, TextArray, ByteaArray):
    dumper = type(f"_{kind.__name__}", (_RawDumper,), {"oid": psycopg.adapters.types[kind.type_name].array_oid})
    psycopg.adapters.register_dumper(kind, dumper)
