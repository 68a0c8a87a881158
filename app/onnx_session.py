"""Sessions of ONNX Runtime as this program wants them: on the CPU, on few threads, silent."""

from __future__ import annotations

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _errors

onnxruntime.disable_telemetry_events()  # on Windows the one switch; elsewhere `app` has set its own

# What ONNX Runtime raises on a graph that is damaged or that it cannot run.
BAD_GRAPH = (
    _errors.Fail, _errors.InvalidProtobuf, _errors.InvalidGraph,
    _errors.InvalidArgument, _errors.NotImplemented, _errors.RuntimeException,
)  # fmt: skip


def make_session(graph: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session that runs one operation after the other on `threads` threads.

    Nothing is printed, and no thread spins while it waits. Raises one of BAD_GRAPH.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
