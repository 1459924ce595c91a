"""The group of ranks: how they find each other, and how tensors get from one to another."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch.distributed import FileStore  # type: ignore[attr-defined]
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

from a1sdk.plugin import CapabilityError
from a1sdk_dit.parallel.split import Split

if TYPE_CHECKING:
    from a1sdk_dit.parallel.orders import Form

_MEETING = timedelta(seconds=60)
"""How long ranks that are all up may take to find each other."""

_SILENCE = timedelta(minutes=30)
"""How long one rank may keep the others waiting within a step; the first step may compile."""


def check_free() -> None:
    """Check that this process can join a group.

    Raises:
        CapabilityError: it is in one already; PyTorch allows one.
    """
    if dist.is_initialized():
        raise CapabilityError(
            "This process takes part in other distributed work of PyTorch already.",
            hint="set gpus to 1, or render in a process of its own",
        )


class Group:
    """This process's membership.

    Attributes:
        rank: of this process.
        device: of this process's tensors.
        split: who computes what.
        mesh: of the ranks that share this one's branch, with dimensions `ring` (of size 1) and
            `ulysses`.
    """

    def __init__(self, meeting: Path, rank: int, device: torch.device, split: Split) -> None:
        """Join; returns when all ranks have.

        Args:
            meeting: file through which the ranks find each other, the same for all.
            rank: this process's.
            device: where this process computes.
            split: who computes what.
        """
        self.rank, self.device, self.split = rank, device, split
        with _contained():
            store = FileStore(str(meeting), split.ranks)
            store.set_timeout(_MEETING)
            dist.init_process_group(
                backend="cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo",
                store=store,
                rank=rank,
                world_size=split.ranks,
                timeout=_SILENCE,
            )
            try:
                self.mesh = self._mesh()
            except BaseException:
                self.leave(broken=True)
                raise

    def _mesh(self) -> DeviceMesh:
        """Return the mesh; a first exchange connects the ranks."""
        mesh = init_device_mesh(
            self.device.type,
            (self.split.branches, 1, self.split.context),
            mesh_dim_names=("branch", "ring", "ulysses"),
        )
        self.share(torch.zeros(1, device=self.device))
        plane = mesh["ring", "ulysses"]
        plane._flatten()  # diffusers will ask for it; it makes connections, so it is made here
        return plane

    def share(self, tensor: torch.Tensor) -> None:
        """Give all other ranks a tensor; only rank 0 has one to give."""
        dist.broadcast(tensor.to(self.device).contiguous(), 0)

    def receive(self, form: Form) -> torch.Tensor:
        """Return what rank 0 shares."""
        tensor = torch.empty(form[0], dtype=form[1], device=self.device)
        dist.broadcast(tensor, 0)
        return tensor

    def hand_in(self, tensor: torch.Tensor) -> None:
        """Give rank 0 what this rank computed."""
        dist.send(tensor.contiguous(), 0)

    def collect(self, like: torch.Tensor, rank: int) -> torch.Tensor:
        """Return what another rank hands in to this one."""
        tensor = torch.empty_like(like, memory_format=torch.contiguous_format)
        dist.recv(tensor, rank)
        return tensor

    def settle(self, check: Callable[[], None]) -> None:
        """Wait for the device, calling `check` while it works.

        NCCL does not notice that another rank has died: work that waits for it never ends. So a
        GPU's process looks round instead of waiting for its device.
        """
        if self.device.type != "cuda":
            return
        done: Any = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record(torch.cuda.current_stream(self.device))
        while not done.query():
            check()
            time.sleep(0.002)

    def leave(self, *, broken: bool = False) -> None:
        """Leave the group; `broken` ends exchanges that another rank will not take part in."""
        if broken and self.device.type == "cuda":
            dist.distributed_c10d._abort_process_group()
        else:
            dist.destroy_process_group()


@contextmanager
def _contained() -> Iterator[None]:
    """Let gloo and NCCL talk within this machine only, and NCCL leave dead ranks to us.

    What PyTorch and this change in the process is as before afterwards: the environment, which is
    read when groups are made, and the hook that prints what nobody catches.
    """
    names = {name for _, name in socket.if_nameindex()} & {"lo", "lo0"}
    wanted = {"TORCH_NCCL_ASYNC_ERROR_HANDLING": "0"}
    for name in names:
        wanted |= {"GLOO_SOCKET_IFNAME": name, "NCCL_SOCKET_IFNAME": f"={name}"}
    before, hook = {name: os.environ.get(name) for name in wanted}, sys.excepthook
    os.environ.update(wanted)
    try:
        yield
    finally:
        sys.excepthook = hook
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
