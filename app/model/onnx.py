"""Export to ONNX: the graphs that the live path runs without torch.

Each is checked against torch's answer.
"""

from __future__ import annotations

import copy
import io
import logging
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.fusion import fuse_linear_bn_eval

from app.errors import WeightsError
from app.model.crossing_nets import CrossingNets, build
from app.model.localiser import Localiser
from app.model.parts import in_memory_order
from app.model.presets import IMAGE_SIZE, Preset
from app.model.recipes.paper import PAPER
from app.model.weights_file import GRAPHS, ORIGIN
from app.outputs import write_atomically

TOLERANCE = 1e-4
_INPUTS = {  # z for the others
    "estimate": ("images",),
    "realism": ("images",),
    "encode": ("joints_norm",),
    "synthesise": ("z", "perspective"),
    "paper_network": ("images",),
    "localiser": ("inputs",),
}
_OUTPUTS = {
    "estimate": ("z", "joints_norm", "sigma_norm", "presence", "side"),
    "synthesise": ("images",),
    "decode": ("joints_norm",),
    "encode": ("z",),
    "realism": ("realism",),
    "paper_network": ("z",),
    "paper_generator": ("images",),
}


class _Graph(nn.Module):
    """One function of the network as a module, for the exporter."""

    def __init__(self, model: nn.Module, function: Callable[..., Tensor | tuple[Tensor, ...]]):
        super().__init__()
        self.model, self.function = model, function

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self.function(self.model, *inputs)


def _estimate(model: CrossingNets, images: Tensor) -> tuple[Tensor, ...]:
    out = model.estimate(images)
    sigma, presence, side = out.log_sigma.exp(), out.presence_logit.sigmoid(), out.side_logit
    return out.z, model.decode(out.z), sigma, presence, side.sigmoid()


FUNCTIONS: dict[str, Callable[..., Tensor | tuple[Tensor, ...]]] = {
    "estimate": _estimate,
    "synthesise": lambda model, z, perspective: model.synthesise(z, perspective),
    "decode": lambda model, z: model.decode(z),
    "encode": lambda model, joints: model.encode(joints),
    "realism": lambda model, images: model.realism(images).sigmoid(),
}


def export_onnx(
    model: CrossingNets, folder: Path | str, origin: str = "", names: tuple[str, ...] = GRAPHS
) -> dict[str, Path]:
    """Write <folder>/<name>.onnx for each graph: dynamic batch, batch norm folded, checked.

    estimate: images [N, 1, 128, 128] -> z [N, D], joints_norm [N, 21, 3], sigma_norm [N, 21]
    (expected 3-D error of each joint), presence [N] and side [N] (probabilities: of a hand, of a
    right one). synthesise: z and perspective [N] (`CrossingNets.picture_maps`) -> images.
    decode: z -> joints_norm. encode: joints_norm -> z. realism: images -> probability [N].
    `origin`: sha256 of the safetensors, stored as metadata `weights_sha256`. Raises WeightsError
    where a graph does not give torch's answer within 1e-4.
    """
    model = _plain_copy(model)
    paths = {}
    for name in names:
        graph = _Graph(model, FUNCTIONS[name]).eval()
        content = _graph_bytes(graph, _example(model.preset, name), name, _OUTPUTS[name], origin)
        _check(content, graph, _example(model.preset, name, 3), name)
        paths[name] = Path(folder) / f"{name}.onnx"
        write_atomically(paths[name], content)
    return paths


def export_paper(folder: Path | str, seed: int = 0) -> dict[str, Path]:
    """The paper preset's trunk + pos head and its generator with random weights.

    The benchmark's yardstick.
    """
    model = _plain_copy(build(PAPER.preset, seed))
    functions = {
        "paper_network": lambda m, x: m.disc.pose(x).z,
        "paper_generator": lambda m, z: m.render(z),
    }
    paths = {}
    for name, function in functions.items():
        graph = _Graph(model, function).eval()
        example = _example(model.preset, "estimate" if name == "paper_network" else "decode")
        content = _graph_bytes(graph, example, name, _OUTPUTS[name])
        _check(content, graph, example, name)
        paths[name] = Path(folder) / f"{name}.onnx"
        write_atomically(paths[name], content)
    return paths


def export_localiser(model: Localiser, path: Path | str, origin: str = "") -> Path:
    """inputs [N, 2, h, w] -> heat map logit and log distance [N, 2, h/4, w/4].

    h and w are free multiples of 16.
    """
    config = model.config
    net = in_memory_order(copy.deepcopy(model).cpu(), torch.contiguous_format)
    graph = _Graph(net, lambda net, inputs: net(inputs)).eval()
    example = torch.rand(1, config.inputs, config.height, config.width)
    axes = {"inputs": {0: "n", 2: "h", 3: "w"}, "heatmap": {0: "n", 2: "rows", 3: "columns"}}
    content = _graph_bytes(graph, (example,), "localiser", ("heatmap",), origin, axes)
    _check(content, graph, (example,), "localiser")
    _check(content, graph, (example[..., 16:, 32:].contiguous(),), "localiser")
    write_atomically(Path(path), content)
    return Path(path)


def _plain_copy(model: CrossingNets) -> CrossingNets:
    """A copy for evaluation in plain memory order, spectral norms made plain weights.

    Built anew: a deep copy would share its parametrised classes with the original, and lose them
    for both.
    """
    plain = CrossingNets(model.preset)
    plain.load_state_dict(model.state_dict())
    plain.eval()
    for module in plain.modules():
        if parametrize.is_parametrized(module):
            held = module.get_submodule("parametrizations")
            for name in [name for name, _ in held.named_children()]:
                parametrize.remove_parametrizations(module, name)
    for module in plain.modules():
        if isinstance(module, nn.Sequential):
            _fold(module)
    return plain


def _fold(layers: nn.Sequential) -> None:
    """Batch norm behind a linear layer joins it (the exporter folds that of convolutions)."""
    for i, (first, second) in enumerate(pairwise(list(layers))):
        if isinstance(first, nn.Linear) and isinstance(second, nn.BatchNorm1d):
            layers[i] = fuse_linear_bn_eval(first, second)
            layers[i + 1] = nn.Identity()


def _example(preset: Preset, name: str, n: int = 1) -> tuple[Tensor, ...]:
    """Inputs of a graph, n samples."""
    generator = torch.Generator().manual_seed(n)
    if name in ("estimate", "realism"):
        return (torch.rand(n, 1, IMAGE_SIZE, IMAGE_SIZE, generator=generator) * 2 - 1,)
    if name == "encode":
        return (torch.randn(n, preset.n_joints, 3, generator=generator) * 0.4,)
    z = torch.randn(n, preset.latent, generator=generator)
    return (z, torch.linspace(0.1, 0.4, n)) if name == "synthesise" else (z,)


def _graph_bytes(
    graph: nn.Module,
    example: tuple[Tensor, ...],
    name: str,
    outputs: tuple[str, ...],
    origin: str = "",
    axes: dict | None = None,
) -> bytes:
    """The exporter's TorchScript path.

    It needs no package beyond `onnx` and folds batch norm into convolutions.
    """
    buffer = io.BytesIO()
    inputs = _INPUTS.get(name, ("z",))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            example,
            buffer,  # type: ignore[arg-type]  # this path writes to a stream; the stub forgets it
            dynamo=False,
            opset_version=17,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes or {key: {0: "n"} for key in (*inputs, *outputs)},
        )
    proto = onnx.load_from_string(buffer.getvalue())
    onnx.checker.check_model(proto)
    if origin:
        proto.metadata_props.add(key=ORIGIN, value=origin)
    return proto.SerializeToString()


def _check(content: bytes, graph: nn.Module, example: tuple[Tensor, ...], name: str) -> None:
    """Every output within TOLERANCE of torch.

    A contour pixel of the hard mask may fall on its other side.
    """
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    feed = zip(session.get_inputs(), example, strict=False)  # `paper` needs no perspective
    answers = session.run(None, {entry.name: values.numpy() for entry, values in feed})
    with torch.no_grad():
        expected = graph(*example)
    for answer, reference in zip(
        answers, expected if isinstance(expected, tuple) else (expected,), strict=True
    ):
        tolerance = TOLERANCE * max(1.0, float(reference.abs().max()))
        same = answer.shape == reference.shape  # a batch of 1 would broadcast
        off = np.abs(answer - reference.numpy()) > tolerance if same else np.ones(1)
        if off.mean() > (1e-3 if name == "synthesise" else 0):
            raise WeightsError(f"the exported graph {name} does not give the network's answer")
    logging.getLogger(__name__).debug("graph %s: %d bytes, equal to torch", name, len(content))
