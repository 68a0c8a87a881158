"""What is written for other programs: joints of a run or a recording, motion files, videos."""

from app.export.joints import CSV_COLUMNS, JointsWriter, make_header, make_writer

__all__ = ["CSV_COLUMNS", "JointsWriter", "make_header", "make_writer"]
