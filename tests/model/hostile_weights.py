"""Weights files that somebody has tampered with, made from a sound one."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.model.seal import METADATA, SEAL
from app.model.weights_file import KEY

Header = dict[str, Any]
LARGE = (10**4, 10**6, 10**9, 2**31, 2**63, 10**30, -1, 0)
WRONG = (*LARGE, 1.5, "many", None, True, [], {}, [1] * 100, [10**9], float("nan"))
DTYPES = ("F64", "F16", "BF16", "I8", "U16", "I64", "BOOL", "F8_E4M3", "XYZ", "")


def split(content: bytes) -> tuple[Header, bytes]:
    (length,) = struct.unpack_from("<Q", content)
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def join(header: Header, numbers: bytes) -> bytes:
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + numbers


def tensors(header: Header) -> list[str]:
    return sorted(name for name in header if name != METADATA)


def any_tensor(header: Header, rng: np.random.Generator) -> dict[str, Any]:
    return header[tensors(header)[int(rng.integers(len(tensors(header))))]]


def false_shape(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    entry = any_tensor(header, rng)
    entry["shape"] = [int(v) for v in rng.choice([1, 3, 10**5, 2**40], 2)]
    return numbers


def false_place(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    places = ([0, 10 * 2**30], [8, 4], [-4, 4], [2**63, 2**63 + 4], [0], "here")
    any_tensor(header, rng)["data_offsets"] = places[int(rng.integers(len(places)))]
    return numbers


def false_kind(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    any_tensor(header, rng)["dtype"] = str(rng.choice(DTYPES))
    return numbers


def lost_tensor(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    """Renamed, so that the numbers still fill the file."""
    name = str(rng.choice(tensors(header)))
    header[name + str(rng.choice([".x", "\n", "\u2028", "x" * 5000]))] = header.pop(name)
    return numbers


def no_numbers(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    """NaN and infinity among the weights."""
    entries = [header[n] for n in tensors(header) if header[n]["dtype"] == "F32"]
    start, end = entries[int(rng.integers(len(entries)))]["data_offsets"]
    bad = struct.pack("<f", float(rng.choice([np.nan, np.inf, -np.inf])))
    at = int(rng.integers(start // 4, end // 4)) * 4
    return numbers[:at] + bad + numbers[at + 4 :]


def false_description(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    """One value somewhere in the network's description is not possible."""
    about = json.loads(header[METADATA][KEY])
    parts = [about["preset"][k] for k in ("vae", "generator", "discriminator")]
    part = [*parts, about["preset"]][int(rng.integers(4))]
    keys = sorted(k for k in part if k not in ("slope", "noise"))
    part[str(rng.choice(keys))] = WRONG[int(rng.integers(len(WRONG)))]
    header[METADATA][KEY] = json.dumps(about)
    return numbers


def false_metadata(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    texts = ("", "{", "[]", "null", "[" * 50_000, '{"format": 1}', '{"format": 1, "kind": "hand"}')
    header[METADATA][KEY] = texts[int(rng.integers(len(texts)))]
    return numbers


def false_prior(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    """Parts of the prior are missing or have no entries."""
    name = str(rng.choice([n for n in tensors(header) if n.startswith("latents.")]))
    if name in ("latents.tail", "latents.n_shape"):
        header[name] = {"dtype": "I32", "shape": [0], "data_offsets": [0, 0]}
    else:
        header.pop(name)
    return numbers


def false_length(header: Header, numbers: bytes, rng: np.random.Generator) -> bytes:
    """The file, made by hand: its header claims to be longer than it."""
    return struct.pack("<Q", int(rng.choice([10 * 2**30, 2**62, 2**40, 3]))) + join({}, numbers)


EDITS: tuple[Callable[[Header, bytes, np.random.Generator], bytes], ...] = (
    false_shape,
    false_place,
    false_kind,
    lost_tensor,
    no_numbers,
    false_description,
    false_metadata,
    false_prior,
)


def hostile(content: bytes, seed: int) -> tuple[str, bytes]:
    """(what was done, the file), the same for the same seed.

    It bears no seal, so that the seal is not what refuses it.
    """
    rng = np.random.default_rng(seed)
    edit = EDITS[seed % len(EDITS)]
    header, numbers = split(content)
    header[METADATA].pop(SEAL, None)
    numbers = edit(header, numbers, rng)
    return edit.__name__, join(header, numbers)


def foreign(content: bytes) -> dict[str, bytes]:
    """Files of other kinds, and ones that claim gigabytes."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", bytes(1 << 20))
    header, numbers = split(content)
    rng = np.random.default_rng(0)
    return {
        "pickle": pickle.dumps({"weights": [1.0] * 1000}),
        "zip": zipped.getvalue(),
        "text": b"not weights at all" * 100,
        "nul": bytes(100_000),
        "nested": struct.pack("<Q", 10**6) + b"[" * 10**6,
        "length": false_length(header, numbers, rng),
        "no header": struct.pack("<Q", 0),
    }


def write_foreign(content: bytes, folder: Path) -> list[Path]:
    paths = []
    for name, data in foreign(content).items():
        path = folder / f"{name}.safetensors"
        path.write_bytes(data)
        paths.append(path)
    sparse = folder / "ten gigabytes.safetensors"
    with sparse.open("wb") as file:
        file.truncate(10 << 30)  # takes no room on the disk
    return [*paths, sparse]
