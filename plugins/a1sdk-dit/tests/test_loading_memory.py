"""Loading takes the memory of the checkpoint, not that of copies on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from a1sdk_dit.model.transformer import A1Transformer3DModel

_LOAD = """
import sys
from collections.abc import Callable
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


def _widened(config: Path) -> A1Transformer3DModel:
    """Make the transformer of a tiny checkpoint a large one; return it without memory."""
    fields = json.loads(config.read_text()) | {
        "num_attention_heads": 16,
        "attention_head_dim": 64,
        "num_layers": 8,
        "text_embed_dim": 1024,
    }
    config.write_text(json.dumps(fields))
    given = {name: value for name, value in fields.items() if not name.startswith("_")}
    given |= {"identity_width": 32, "max_text_seq_length": 4}
    with torch.device("meta"):
        return A1Transformer3DModel(**given)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_peak_is_about_the_checkpoint(
    tiny: Path, whole: Path, copy_of: Callable[[Path], Path], write_hollow: Callable[..., int]
) -> None:
    large = copy_of(whole)
    model = _widened(large / "transformer" / "config.json")
    file = large / "transformer" / "diffusion_pytorch_model.safetensors"
    size = write_hollow(file, model.state_dict())
    assert size > 200e6
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(tiny), str(large)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0.9 * size < int(done.stdout) < 1.1 * size
