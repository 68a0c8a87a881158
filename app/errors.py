"""Typed errors: each carries one clear line for the user and, where something can be done, a hint.

`main.py` maps them to its exit codes; worker threads turn them into `app.frames.Failure`.
"""


def reason_of(error: Exception) -> str:
    """What the system says about a failed file operation, as the end of a line."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


class AppError(Exception):
    """Base of every error a user may see. `exit_code` is what `main.py` returns for it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class CaptureError(AppError):
    """A depth source cannot be opened or read at all."""

    exit_code = 3


class SourceNotFound(CaptureError):
    """The file, folder or device does not exist."""


class NotARecording(CaptureError):
    """The file exists but is not a recording this program understands."""


class NoDepthStream(CaptureError):
    """The recording or device has no depth stream."""


class BackendMissing(CaptureError):
    """A library that this source needs is not installed; the hint says which."""


class Disconnected(CaptureError):
    """The camera stopped answering."""


class EndedEarly(CaptureError):
    """A recording is damaged part-way; what came before was delivered.

    `frames_read` frames were read of `frames_expected` (None where the file does not say).
    """

    exit_code = 5

    def __init__(self, frames_read: int, frames_expected: int | None, detail: str = ""):
        of = "" if frames_expected is None else f" of {frames_expected}"
        message = f"stops after frame {frames_read}{of}; the rest is damaged"
        super().__init__(f"{message}: {detail}" if detail else message)
        self.frames_read = frames_read
        self.frames_expected = frames_expected


class WeightsError(AppError):
    """Weights cannot be loaded: missing, damaged, of another preset or version."""

    exit_code = 4


class OutputError(AppError):
    """An output file cannot be written."""

    exit_code = 6


class DataError(AppError):
    """A data set or evaluation file is missing, damaged or of the wrong form."""

    exit_code = 3
