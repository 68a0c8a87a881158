"""The records of a ROS 1 recording from its first byte on, and on behind what is damaged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import BinaryIO, NamedTuple

from app.capture.base import Damaged
from app.capture.recordings.bag_records import (
    CHUNK,
    MAGIC,
    MAX_HEADER,
    number,
    parse_fields,
    parse_u32,
)

SEARCH_BLOCK = 1 << 20
CHUNK_WORD = b"compression="  # in the record of every chunk
LEADS = (
    8,
    16,
)  # bytes from a chunk's record to this word: first (rosbag), or behind `op` (rosbags)


class FoundRecord(NamedTuple):
    """Where a record of the file is, and what its header says."""

    at: int  # byte where it begins
    op: int  # its kind
    fields: dict[bytes, bytes]
    data_at: int  # byte where its data begin
    length: int  # of the data, as claimed

    @property
    def end(self) -> int:
        """Byte behind it."""
        return self.data_at + self.length


class BagWalk(ABC):
    """A subclass says what each record means, and may say what is done about damage."""

    def __init__(self, file: BinaryIO, size: int):
        self._file, self._size = file, size

    @abstractmethod
    def _take(self, record: FoundRecord) -> int | None:
        """Note what a record says; returns where the next one begins, None at the end.

        Raises Damaged where it cannot be right.
        """

    def _resume(self, at: int) -> int | None:
        """Where to go on behind a record at byte `at` that is damaged."""
        return self._find_chunk(at + 1)

    def _walk(self) -> None:
        """Take every record. Raises Damaged where this is no bag."""
        if self._read(0, len(MAGIC)) != MAGIC:
            raise Damaged("the first line is not that of a recording")
        following: int | None = len(MAGIC)
        while following is not None and following < self._size:
            at = following
            try:
                following = self._take(self._record_at(at))
            except Damaged:
                following = self._resume(at)

    def _record_at(self, at: int) -> FoundRecord:
        """What the header at byte `at` says. Raises Damaged."""
        length = parse_u32(self._read(at, 4))
        if not 0 < length <= MAX_HEADER:
            raise Damaged(f"a header of {length} bytes")
        header = self._read(at + 4, length + 4)
        fields = parse_fields(header[:length])
        claimed = parse_u32(header, length)
        return FoundRecord(at, number(fields, b"op", 1), fields, at + 8 + length, claimed)

    def _check_end(self, record: FoundRecord) -> None:
        if record.end > self._size:
            raise Damaged("a record reaches past the end of the file")

    def _find_chunk(self, start: int) -> int | None:
        """First byte from `start` on where a chunk's record begins."""
        while start < self._size:
            block = self._read(start, SEARCH_BLOCK)
            hit = block.find(CHUNK_WORD)
            while hit >= 0:
                for at in (start + hit - lead for lead in LEADS):
                    if self._is_chunk(at):
                        return at
                hit = block.find(CHUNK_WORD, hit + 1)
            whole_block = len(block) == SEARCH_BLOCK
            start += len(block) - len(CHUNK_WORD) + 1 if whole_block else max(len(block), 1)
        return None

    def _is_chunk(self, at: int) -> bool:
        try:
            return at > 0 and self._record_at(at).op == CHUNK
        except Damaged:
            return False

    def _read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes at byte `at`, fewer at the end. Raises OSError."""
        self._file.seek(at)
        return self._file.read(max(0, min(size, self._size - at)))
