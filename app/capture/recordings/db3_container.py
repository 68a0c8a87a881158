"""A `.db3` recording, an SQLite file of ROS 2 messages, as a random-access store.

librealsense 2.58 packs every message (zstd, without a checksum), 2.59 packs none.

SQLite is asked for single rows and never trusted: only plain tables are read, no row may be longer
than MAX_MESSAGE, none may come twice, and no question may take more steps than the file has bytes.
Around damage the rows before it and the rows behind it are found. The file is never written to.
"""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.capture.base import Damaged, check_file, read_head
from app.zstd import zstd

MAGIC = b"SQLite format 3\0"
MAX_MESSAGE = 64 << 20  # bytes, unpacked too
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_LIMITS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 26}  # 64 MB
STEPS = 100_000  # of SQLite's machine between two looks at how many it was
SAFE = ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "cache_size=-4000")
OPEN_CUT = "writable_schema=ON"  # SQLite then opens a file that is shorter than it says
COLUMNS = {"topics": ("id", "name", "type"), "messages": ("topic_id", "timestamp", "data")}
FOREIGN = (sqlite3.Error, OverflowError, MemoryError, ValueError)  # what sqlite3 raises on damage


@dataclass(slots=True)
class Rows:
    """The messages of one topic in the order of their recording."""

    ids: array = field(default_factory=lambda: array("q"))
    times_ns: array = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.ids)


class Db3File:
    """An open file. `damage` says in words what is wrong with it, or is empty.

    Of a file that is `cut` SQLite gives zeros for the last page of the last message.
    """

    def __init__(self, path: Path):
        """Raises CaptureError, OSError, or Damaged where this is no such recording."""
        self._size = check_file(path)
        self.cut = self._is_cut(read_head(path, 100))
        self.damage = "the end of the file is missing" if self.cut else ""
        uri = path.absolute().as_uri() + "?mode=ro&immutable=1"
        self._rows: dict[str, Rows] = {}
        self.topics: dict[str, str] = {}  # type by name
        try:
            self._database = sqlite3.connect(uri, uri=True, timeout=0, check_same_thread=False)
        except FOREIGN as error:
            raise Damaged(str(error)) from None
        try:
            self._prepare()
            self._index()
        except FOREIGN as error:
            self._database.close()
            raise Damaged(str(error)) from None
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        self._database.close()

    def rows(self, topic: str) -> Rows:
        return self._rows.get(topic, Rows())

    def message(self, row_id: int) -> memoryview:
        """The bytes of one message; raises Damaged."""
        question = "SELECT data FROM messages WHERE rowid = ?"
        try:
            self._steps_left = self._size
            found = self._database.execute(question, (row_id,)).fetchone()
        except FOREIGN as error:
            raise Damaged(f"a message cannot be read: {error}") from None
        if found is None or not isinstance(found[0], bytes):
            raise Damaged("a message is missing")
        return memoryview(unpack_message(found[0]))

    def _is_cut(self, head: bytes) -> bool:
        if not head.startswith(MAGIC) or len(head) < 100:
            raise Damaged("the first line is not that of an SQLite file")
        page = int.from_bytes(head[16:18], "big")
        promised = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
        return promised > self._size

    def _prepare(self) -> None:
        self._database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_MESSAGE)
        self._database.set_progress_handler(self._count_steps, STEPS)
        self._steps_left = 10 * STEPS
        for pragma in (OPEN_CUT, *SAFE):  # the others would look into the file
            self._database.execute(f"PRAGMA {pragma}")
        for table, columns in COLUMNS.items():
            self._check_table(table, columns)

    def _check_table(self, table: str, columns: tuple[str, ...]) -> None:
        """Only a plain table with plain columns: no view, nothing that computes."""
        question = "SELECT type, sql FROM sqlite_schema WHERE name = ?"
        found = self._database.execute(question, (table,)).fetchall()
        plain = len(found) == 1 and found[0][0] == "table"
        if not plain or not re.match(r"\s*CREATE\s+TABLE\b", str(found[0][1]), re.IGNORECASE):
            raise Damaged(f"it has no table of {table}")
        hidden = {r[1]: r[6] for r in self._database.execute(f"PRAGMA table_xinfo({table})")}
        if any(hidden.get(column) != 0 for column in columns):
            raise Damaged(f"its table of {table} is not that of a recording")

    def _count_steps(self) -> bool:
        """True stops SQLite."""
        self._steps_left -= STEPS
        return self._steps_left < -10 * STEPS

    def _index(self) -> None:
        self._steps_left = self._size
        names: dict[int, Rows] = {}
        for number, name, kind in self._ascending("rowid, name, type FROM topics", (int, str, str)):
            self.topics[name] = kind
            names[number] = self._rows[name] = Rows()
        found = list(self._found_messages())
        for row_id, topic, time_ns in found:
            if topic not in names:
                self.damage = self.damage or "a message belongs to nothing"
                continue
            names[topic].ids.append(row_id)
            names[topic].times_ns.append(time_ns)
        lost = found[-1][0] - len(found) if found else 0
        if lost > 0:
            self.damage = self.damage or f"{lost} messages are missing"

    def _found_messages(self) -> Iterator[tuple[int, int, int]]:
        """(row, topic, time) of every message before the damage, and of those behind it."""
        what, kinds = "rowid, topic_id, timestamp FROM messages", (int, int, int)
        intact, last = self.damage, 0
        for row in self._ascending(what, kinds):
            last = row[0]
            yield row
        if self.damage != intact or intact:
            behind = []
            for row in self._ascending(what, kinds, -1):
                if row[0] <= last:
                    break
                behind.append(row)
            yield from reversed(behind)

    def _ascending(self, what: str, kinds: tuple[type, ...], sign: int = 1) -> Iterator[tuple]:
        """Rows in the order of their numbers up to damage, which is noted.

        sign -1: from the last to the first.
        """
        order = "" if sign > 0 else " DESC"
        self._steps_left, last = self._size, None
        try:
            for row in self._database.execute(f"SELECT {what} ORDER BY rowid{order}"):
                if last is not None and sign * row[0] <= sign * last:
                    raise Damaged("rows come twice")
                last = row[0]
                if all(map(isinstance, row, kinds)):
                    yield row
                else:
                    self.damage = self.damage or "a row is damaged"
        except (Damaged, *FOREIGN) as error:
            self.damage = self.damage or f"the file is damaged: {error}"


def unpack_message(data: bytes) -> bytes:
    """One message as it was before the recorder packed it, if it did. Raises Damaged."""
    if not data.startswith(ZSTD_MAGIC):
        return data
    try:
        unpacker = zstd.ZstdDecompressor(options=ZSTD_LIMITS)
        unpacked = unpacker.decompress(data, max_length=MAX_MESSAGE)
    except (zstd.ZstdError, EOFError, MemoryError) as error:
        raise Damaged(f"a message cannot be unpacked: {error}") from None
    if not unpacker.eof:
        raise Damaged("a message is cut off or too long")
    return unpacked
