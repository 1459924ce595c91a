"""Loading takes the memory of the checkpoint, not that of copies on the way."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.tiny import make_tiny_checkpoint

_LOAD = """
import sys
from pathlib import Path
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_transformer

def high_water():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status["VmHWM"].split()[0]) * 1024

small, large = (find_layout(Path(name)) for name in sys.argv[1:])
load_transformer(small, torch.bfloat16, "cpu")
before = high_water()
model = load_transformer(large, torch.bfloat16, "cpu")
print(high_water() - before)
"""


def _widen(folder: Path) -> int:
    """Make the transformer of a tiny checkpoint a large one, of zeros; return its bytes."""
    path = folder / "transformer" / "config.json"
    config = json.loads(path.read_text()) | {
        "num_attention_heads": 16,
        "attention_head_dim": 64,
        "num_layers": 8,
        "text_embed_dim": 1024,
    }
    path.write_text(json.dumps(config))
    own = {"identity_width": 32, "max_text_seq_length": 4}
    given = {name: value for name, value in config.items() if not name.startswith("_")}
    with torch.device("meta"):
        model = A1Transformer3DModel(**{**given, **own})
    header: dict[str, dict[str, object]] = {}
    end = 0
    for name, values in model.state_dict().items():
        begin, end = end, end + 2 * math.prod(values.shape)
        header[name] = {"dtype": "BF16", "shape": [*values.shape], "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with (path.parent / "diffusion_pytorch_model.safetensors").open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
    return end


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_peak_is_about_the_checkpoint(tiny: Path, tmp_path: Path) -> None:
    large = make_tiny_checkpoint(tmp_path / "large", shard_size="1GB")
    size = _widen(large)
    assert size > 200e6
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(tiny), str(large)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0.9 * size < int(done.stdout) < 1.1 * size
