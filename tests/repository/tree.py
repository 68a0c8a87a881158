"""The files of this checkout, without what .gitignore leaves out: works with and without git."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app", "widgets")
_IGNORED = {"runs", "out", "build", "dist"}  # at the top; app/hand/build is ours
_TEXT = {"", ".cfg", ".css", ".ini", ".json", ".md", ".py", ".qss", ".sh", ".svg", ".toml", ".txt"}


def text_files() -> list[Path]:
    """Every text file under ROOT, generated folders and hidden ones (but .ci) left out."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in ROOT.iterdir():
        if folder.is_dir() and _is_ours(folder):
            found += [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in found if path.suffix in _TEXT and _is_ours(path))


def python_files(*folders: str) -> list[Path]:
    """The modules below these folders of ROOT and, with "" among them, those at the root itself."""
    found = []
    for folder in folders:
        found += ROOT.glob("*.py") if folder == "" else (ROOT / folder).rglob("*.py")
    return sorted(path for path in found if _is_ours(path))


def module_name(path: Path) -> str:
    """app/hand/__init__.py -> app.hand, app/cv.py -> app.cv."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in parts)
    ignored = parts[0] in _IGNORED or parts[0].endswith(".egg-info") or "__pycache__" in parts
    return not hidden and not ignored
