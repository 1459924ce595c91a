"""MediaPipe's mesh network with attention, on a LiteRT that lacks three of its operations.

The network finds 468 points, cuts the lips and the eyes out of its own features along them, and
refines each with a network of its own. The cutting is done by operations that only MediaPipe's
runtime has, so the file is taken apart around them and the cutting is done here.

Method: Grishchenko et al. 2020, "Attention Mesh: High-fidelity Face Mesh Prediction in
Real-time"; the operations' meaning from MediaPipe's `landmarks_to_transform_matrix`,
`transform_tensor_bilinear` and `transform_landmarks`.
"""

from __future__ import annotations

import copy
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk_facemesh.networks import Network, damaged

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_facemesh.regions import Floats

POINTS = 468
IRIS = 5
_PARTS = 3  # lips, right eye, left eye
_HEADS = (0, 1, 1, 2, 2)  # whose outputs: lips, right eye, its iris, left eye, its iris
_RIM = 16  # points of an eye that come first: the rims of its lids


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the face that is refined.

    Attributes:
        points: which of the 468 points it has, in the order of its network's output.
        start: point at the left end, in the picture, of the line that is made level.
        end: point at its right end.
        margin: side of the cut, in sides of the points' box.
        cells: features along one side of the cut.
    """

    points: npt.NDArray[np.int64]
    start: int
    end: int
    margin: float
    cells: int

    def cut(self, landmarks: Floats) -> Floats:
        """Return float32 [2, 3], the map of positions in the cut, 0..1, to the mesh's pixels."""
        across = landmarks[self.end] - landmarks[self.start]
        angle = math.atan2(across[1], across[0])
        cos, sin = math.cos(angle), math.sin(angle)
        turn = np.array([[cos, -sin], [sin, cos]], np.float32)
        level = landmarks[self.points, :2] @ turn
        low, high = level.min(0), level.max(0)
        axes = turn * (high - low) * self.margin
        origin = turn @ (low + high) / 2 - axes.sum(1) / 2
        return np.column_stack([axes, origin])


@dataclass(frozen=True, slots=True)
class Pieces:
    """The file, taken apart: the network up to the cutting, the one after it, and the parts."""

    trunk: bytes
    heads: bytes
    parts: tuple[Part, ...]


class AttentionNetwork:
    """Fits 478 points to a crop of a face.

    Raises:
        ResourceError: the content is not this network.
    """

    def __init__(self, name: str, content: bytes, threads: int = 1) -> None:
        try:
            pieces = take_apart(content)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error) as error:
            raise damaged(name, error) from error
        self._trunk = Network(name, pieces.trunk, threads)
        self._heads = Network(name, pieces.heads, threads)
        self._parts = pieces.parts
        self.resolution = self._trunk.resolution

    def __call__(self, crop: npt.NDArray[np.uint8]) -> tuple[Floats, float]:
        """Return float32 [478, 3] in pixels of the crop, and the logit of there being a face."""
        self._trunk.feed(crop, 1 / 255)
        self._trunk.run()
        mesh = self._trunk.output(0).reshape(POINTS, 3)
        cuts = [part.cut(mesh) for part in self._parts]
        self._run_heads(cuts)
        landmarks = np.empty((POINTS + 2 * IRIS, 3), np.float32)
        landmarks[:POINTS] = mesh
        self._refine(landmarks, cuts)
        return landmarks, self._trunk.output(1).item()

    def _run_heads(self, cuts: list[Floats]) -> None:
        grid = self._trunk.output(2)[0]
        scale = np.float32(len(grid) / self.resolution)
        for slot, (part, cut) in enumerate(zip(self._parts, cuts, strict=True)):
            self._heads.feed(sample(grid, cut * scale, part.cells), slot=slot)
        self._heads.run()

    def _refine(self, landmarks: Floats, cuts: list[Floats]) -> None:
        """Put the heads' points in place; depth stays the mesh's, an iris gets its eye's."""
        first = POINTS
        for head, owner in enumerate(_HEADS):
            part, cut = self._parts[owner], cuts[owner]
            inside = self._heads.output(head).reshape(-1, 2) / (4 * part.cells)
            placed = inside @ cut[:, :2].T + cut[:, 2]
            if len(placed) == IRIS:
                landmarks[first : first + IRIS, :2] = placed
                landmarks[first : first + IRIS, 2] = landmarks[part.points[:_RIM], 2].mean()
                first += IRIS
            else:
                landmarks[part.points, :2] = placed


def sample(grid: Floats, cut: Floats, cells: int) -> Floats:
    """Read a grid of features [rows, columns, n] bilinearly at the cells of a cut.

    Args:
        grid: the features; the middle of the first one is at (0.5, 0.5).
        cut: map of positions in the cut, 0..1, to positions in the grid.
        cells: features along one side of the cut.

    Returns:
        float32 [cells, cells, n], 0 where the cut leaves the grid.
    """
    rows, columns, _ = grid.shape
    centers = (np.arange(cells, dtype=np.float32) + 0.5) / cells
    across, down = np.meshgrid(centers, centers)
    x = cut[0, 0] * across + cut[0, 1] * down + (cut[0, 2] - 0.5)
    y = cut[1, 0] * across + cut[1, 1] * down + (cut[1, 2] - 0.5)
    outside = (x < 0) | (x > columns - 1) | (y < 0) | (y > rows - 1)
    left = np.clip(x.astype(np.intp), 0, columns - 2)
    top = np.clip(y.astype(np.intp), 0, rows - 2)
    right, below = (x - left)[..., None], (y - top)[..., None]
    upper = grid[top, left] * (1 - right) + grid[top, left + 1] * right
    lower = grid[top + 1, left] * (1 - right) + grid[top + 1, left + 1] * right
    result: Floats = upper * (1 - below) + lower * below
    result[outside] = 0
    return result


def take_apart(content: bytes) -> Pieces:
    """Split the TFLite file around the operations that LiteRT lacks."""
    # Generated code that is slow to import, and needed for this one network only.
    from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    custom = _custom_operations(model)
    samplers = custom["TransformTensorBilinear"]
    placers = custom["TransformLandmarks"]
    producers = {int(op.outputs[0]): op for op in graph.operators}
    features = int(samplers[0].inputs[0])
    trunk = _part_of(model, graph.inputs, [graph.outputs[0], graph.outputs[-1], features])
    heads = _part_of(
        model,
        [op.outputs[0] for op in samplers],
        [producers[int(op.inputs[0])].inputs[0] for op in placers],
    )
    parts = tuple(_part(op.customOptions) for op in custom["Landmarks2TransformMatrix"])
    if len(parts) != _PARTS or len(placers) != len(_HEADS):
        raise ValueError("it is not the face mesh network with attention")
    return Pieces(trunk, heads, parts)


def _custom_operations(model: Any) -> dict[str, list[Any]]:
    operations: dict[str, list[Any]] = {}
    for op in model.subgraphs[0].operators:
        name = model.operatorCodes[op.opcodeIndex].customCode
        if name:
            operations.setdefault(name.decode(), []).append(op)
    return operations


def _part_of(model: Any, inputs: Iterable[int], outputs: Iterable[int]) -> bytes:
    """Return a TFLite file of the operations that lead from some tensors to others."""
    import flatbuffers  # type: ignore[import-untyped]

    inputs, outputs = [int(tensor) for tensor in inputs], [int(tensor) for tensor in outputs]
    part, graph = copy.copy(model), copy.copy(model.subgraphs[0])
    needed, operators = set(outputs), []
    for op in reversed(graph.operators):
        made = {int(tensor) for tensor in op.outputs}
        if made & needed and not made & set(inputs):
            needed |= {int(tensor) for tensor in op.inputs}
            operators.append(op)
    graph.inputs, graph.outputs, graph.operators = inputs, outputs, operators[::-1]
    part.subgraphs, part.signatureDefs = [graph], None
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(part.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _part(options: Any) -> Part:
    from flatbuffers import flexbuffers

    values = flexbuffers.Loads(bytes(options))
    return Part(
        points=np.array(values["subset_idxs"]),
        start=values["left_rotation_idx"],
        end=values["right_rotation_idx"],
        margin=values["scale_x"],
        cells=values["output_width"],
    )
