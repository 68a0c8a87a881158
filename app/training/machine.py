"""What this machine computes with."""

from __future__ import annotations

import os
import platform

import torch


def choose_device(name: str) -> torch.device:
    """The processor or the GPU; under torchrun each process has its own GPU."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and "LOCAL_RANK" in os.environ:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
        return device
    return torch.device(name)


def choose_bf16(precision: str, device: torch.device) -> bool:
    """bf16 where it is asked for, or where the processor multiplies it natively."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return (
        bool(getattr(torch.backends.cpu, "get_cpu_capability", lambda: "")() == "AVX512")
        and _has_bf16()
    )


def _has_bf16() -> bool:
    query = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(query()) if query is not None else False


def processor_name() -> str:
    """The processor's name as the system gives it."""
    try:
        with open("/proc/cpuinfo") as file:
            names = [
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or "unknown"
