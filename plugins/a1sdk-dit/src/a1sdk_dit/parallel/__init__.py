"""One transformer's work on several devices.

A user asks for it with the renderer's option `gpus`. The first device stays with the process that
renders, which also encodes and decodes pictures; every further one gets a process of its own that
holds the whole transformer and nothing else (`crew`). In each step the processes share the work
(`split`): two devices compute one branch of the guidance each; of a larger even number each half
shares a branch, by context parallelism; an odd number, or any without guidance, shares every
forward pass (`context`). Pictures are those of one device but for rounding; where no forward pass
is shared there is no other rounding either.

Every process loads the transformer by the same function, so whatever one device can do with it
holds for all of them: tables, quantization, kernels, caches, which are each process's own. Two
things cannot share a forward pass: compiled blocks, and the attention kernels `math` and
`efficient`. And weights are not offloaded, of which the host would hold a copy for each process.
That is an error before anything is loaded.

A worker that dies or fails ends the run with an error that names its rank and device. Processes
talk through `torch.distributed` over the loopback interface: gloo on the CPU, gloo and NCCL on
GPUs. Everything is tested with gloo on the CPU. On GPUs, and so with NCCL, nothing here has been
run yet: neither its speed nor how it behaves when a GPU's process dies.
"""
