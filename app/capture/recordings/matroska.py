"""A Matroska file as a random-access store of the blocks of its tracks.

Every cluster is visited once, its blocks' heads noted; the checksum that k4arecord puts in front of
each cluster is verified when a block of it is read. Behind damage the search goes on at the next
cluster. Element ids: RFC 9559.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

from app.capture.base import Damaged, check_file
from app.capture.recordings.ebml import (
    LONGEST_HEAD,
    MAGIC,
    Head,
    first,
    is_sound,
    parse_head,
    parse_text,
    parse_uint,
)
from app.capture.recordings.matroska_description import DESCRIBING, Description

SEGMENT, CLUSTER, CUES, DOC_TYPE = 0x18538067, 0x1F43B675, 0x1C53BB6B, 0x4282
TIME, SIMPLE_BLOCK, GROUP, BLOCK = 0xE7, 0xA3, 0xA0, 0xA1

MAX_DESCRIPTION = 16 << 20  # bytes of tracks, tags or attachments
MAX_CLUSTER = 64 << 20  # bytes; k4arecord's hold 32 ms
MAX_BLOCKS = 10_000  # in one cluster
SEARCH_BLOCK = 1 << 20
CACHED_CLUSTERS = 2
CLUSTER_MARK = CLUSTER.to_bytes(4, "big")


class Block(NamedTuple):
    """One picture of one track."""

    time: int  # in the file's time scale
    cluster: int  # offset of the cluster's content in the file
    start: int  # of the picture in the cluster's content
    size: int


class MatroskaFile:
    """An open file. `damage` says in words what is wrong with it, or is empty."""

    def __init__(self, path: Path):
        """Raises CaptureError, OSError, or Damaged where this is no Matroska file."""
        self._size = check_file(path)
        self.about = Description()
        self.damage = ""
        self._blocks: dict[int, list[Block]] = {}
        self._sizes: dict[int, int] = {}  # of the clusters' contents, by their offsets
        self._cache: dict[int, memoryview | None] = {}
        self._ended = False  # the closing index is there
        self._file = path.open("rb", buffering=0)
        try:
            self._walk()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()
        self._cache.clear()

    def blocks(self, track: int) -> list[Block]:
        """In the order of the file."""
        return self._blocks.get(track, [])

    def picture(self, block: Block) -> memoryview:
        """The bytes of one picture; raises Damaged, for a wrong checksum of its cluster too."""
        if block.cluster not in self._cache:
            while len(self._cache) >= CACHED_CLUSTERS:
                del self._cache[next(iter(self._cache))]
            data = memoryview(self._read(block.cluster, self._sizes[block.cluster]))
            whole = len(data) == self._sizes[block.cluster] and is_sound(data)
            self._cache[block.cluster] = data if whole else None
        content = self._cache[block.cluster]
        if content is None:
            raise Damaged("a checksum is wrong")
        return content[block.start : block.start + block.size]

    # The structure of the file

    def _walk(self) -> None:
        at: int | None = self._enter_segment()
        while at is not None and at < self._end:
            try:
                at = self._take_element(at)
            except Damaged:
                self._note(f"the file is damaged near byte {at}")
                at = self._find_cluster(at + 1)
        if not self._ended:
            self._note("the end of the file is missing")

    def _enter_segment(self) -> int:
        """Offset of the segment's content; sets where it ends."""
        if self._read(0, len(MAGIC)) != MAGIC:
            raise Damaged("the first bytes are not those of a Matroska file")
        front = self._head(0)
        kind = first(self._description(front), DOC_TYPE)
        if kind is None or parse_text(kind) not in ("matroska", "webm"):
            raise Damaged("it is not a Matroska file")
        segment = self._head(front.start + (front.size or 0))
        if segment.kind != SEGMENT:
            raise Damaged("it has no Matroska segment")
        # 0: k4arecord was stopped before it knew
        end = self._size if not segment.size else segment.start + segment.size
        if end > self._size:
            self._note("the end of the file is missing")
        self._end = min(end, self._size)
        return segment.start

    def _take_element(self, at: int) -> int:
        """Note what the element at byte `at` says; returns where the next one begins."""
        head = self._head(at)
        if head.kind == CLUSTER:
            return self._take_cluster(head)
        if head.size is None or head.start + head.size > self._end:
            raise Damaged("an element reaches past the end of the file")
        if head.kind in DESCRIBING:
            content = self._description(head)
            if not is_sound(content):
                self._note("a checksum in its description is wrong")
            self.about.take(head.kind, content)
        self._ended = self._ended or head.kind == CUES
        return head.start + head.size

    def _take_cluster(self, head: Head) -> int:
        """Note the blocks of a cluster; returns where it ends.

        A cluster that is not all there raises Damaged, and none of its blocks counts.
        """
        if head.size is None or head.size > MAX_CLUSTER or head.start + head.size > self._end:
            raise Damaged("a cluster reaches past the end of the file")
        time, at, end = 0, head.start, head.start + head.size
        found: list[tuple[int, Block]] = []
        while at < end:
            inner = self._head(at)
            if inner.size is None or inner.start + inner.size > end:
                raise Damaged("a block reaches past the end of its cluster")
            if inner.kind == TIME:
                time = parse_uint(memoryview(self._read(inner.start, min(inner.size, 9))))
            elif inner.kind == SIMPLE_BLOCK:
                found.append(self._take_block(inner, head.start, time))
            elif inner.kind == GROUP:
                found += self._take_group(inner, head.start, time)
            if len(found) > MAX_BLOCKS:
                raise Damaged("a cluster of too many blocks")
            at = inner.start + inner.size
        self._sizes[head.start] = head.size
        for track, block in found:
            self._blocks.setdefault(track, []).append(block)
        return end

    def _take_group(self, group: Head, cluster: int, time: int) -> list[tuple[int, Block]]:
        """The block inside a block group, which is its first element in k4arecord's files."""
        inner = self._head(group.start)
        if inner.kind != BLOCK or inner.size is None:
            return []
        return [self._take_block(inner, cluster, time)]

    def _take_block(self, head: Head, cluster: int, time: int) -> tuple[int, Block]:
        """(track, block) of a block without lacing.

        It holds the track's number, a time relative to the cluster's, flags, and the picture.
        """
        front, size = self._read(head.start, LONGEST_HEAD), head.size or 0
        track = front[0] & 0x7F if front and front[0] & 0x80 else 0
        if len(front) < 4 or size < 4 or track == 0:
            raise Damaged("a block has no proper head")
        (since,) = struct.unpack_from(">h", front, 1)
        start = head.start + 4
        return track, Block(time + since, cluster, start - cluster, size - 4)

    def _find_cluster(self, start: int) -> int | None:
        """First byte from `start` on where a cluster begins."""
        while start < self._end:
            block = self._read(start, min(SEARCH_BLOCK, self._end - start))
            hit = block.find(CLUSTER_MARK)
            while hit >= 0:
                if self._is_cluster(start + hit):
                    return start + hit
                hit = block.find(CLUSTER_MARK, hit + 1)
            start += len(block) - 3 if len(block) == SEARCH_BLOCK else max(len(block), 1)
        return None

    def _is_cluster(self, at: int) -> bool:
        try:
            head = self._head(at)
            inner = self._head(head.start)
        except Damaged:
            return False
        fits = head.size is not None and head.size <= MAX_CLUSTER
        return fits and inner.kind in (TIME, 0xBF)

    def _description(self, head: Head) -> memoryview:
        if head.size is None or head.size > MAX_DESCRIPTION:
            raise Damaged("its description is too long")
        content = self._read(head.start, head.size)
        if len(content) < head.size:
            raise Damaged("its description is cut off")
        return memoryview(content)

    def _head(self, at: int) -> Head:
        kind, size, start = parse_head(self._read(at, LONGEST_HEAD))
        return Head(kind, at + start, size)

    def _note(self, damage: str) -> None:
        self.damage = self.damage or damage

    def _read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes at byte `at`, fewer at the end; Damaged where the disk refuses."""
        try:
            return os.pread(self._file.fileno(), max(0, min(size, self._size - at)), at)
        except (OSError, ValueError) as error:
            raise Damaged(f"the file cannot be read: {error}") from None
