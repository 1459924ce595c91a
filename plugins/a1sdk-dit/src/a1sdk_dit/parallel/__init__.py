"""One transformer's work on several devices.

A user asks for it with the renderer's option `gpus`. The first device stays in the process that
renders, which also decodes the pictures; every further one gets a process of its own that holds the
transformer and nothing else (`crew`). In each step the processes share the work (`split`): with two
devices each computes one branch of the guidance, with more each branch is shared by half of them,
and without guidance, or with an odd number, all share each forward pass.

The results are those of one device but for rounding. Processes talk through `torch.distributed`
over the loopback interface: gloo on the CPU, gloo and NCCL on GPUs. On GPUs none of this has been
run: what is tested is gloo on the CPU.
"""
