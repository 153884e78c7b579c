"""What the bench writes to peer_torch.py: numbers, and parameters that are to be trained."""
import struct
import sys

import torch


def read_exactly(n_bytes):
    data = sys.stdin.buffer.read(n_bytes)
    if len(data) != n_bytes:
        sys.exit("the numbers of a case have ended too early")
    return bytearray(data)


def read_integers(n):
    return struct.unpack(f"={n}q", read_exactly(8 * n))


def read_doubles(n):
    return struct.unpack(f"={n}d", read_exactly(8 * n))


def read_tensor(n, dtype=torch.float32):
    size = torch.empty(0, dtype=dtype).element_size()
    return torch.frombuffer(read_exactly(size * n), dtype=dtype)


def digest(x):
    """One number that stands for all: as digest() in data.c."""
    x = x.detach().double().flatten()
    i = torch.arange(len(x))
    other = (i * i % 127).double() / 63 - 1
    return float(torch.linalg.vector_norm(x + x.square().mean().sqrt() * other))


class Parameters:
    """All parameters in one tensor and all gradients in another, so that the gradients are cleared,
    clipped and applied by a few operations. First come those that decay."""

    def __init__(self, n_parameters, options):
        (self.rate, self.beta1, self.beta2, self.epsilon, self.decay, self.max_norm) = options
        shapes = [read_integers(3) for _ in range(n_parameters)]
        values = [read_tensor(rows * columns) for rows, columns, _ in shapes]
        order = sorted(range(n_parameters), key=lambda p: not shapes[p][2])
        self.n_decayed = sum(rows * columns for rows, columns, decays in shapes if decays)
        self.values = torch.cat([values[p] for p in order])
        self.gradients = torch.zeros_like(self.values)
        self.first = torch.zeros_like(self.values)
        self.second = torch.zeros_like(self.values)
        self.step_number = 0
        self.list = [None] * n_parameters
        begin = 0
        for p in order:
            rows, columns, _ = shapes[p]
            shape = (rows, columns) if rows > 1 else (columns,)
            here = slice(begin, begin + rows * columns)
            self.list[p] = self.values[here].view(shape).requires_grad_()
            self.list[p].grad = self.gradients[here].view(shape)
            begin += rows * columns

    def zero_gradients(self):
        self.gradients.zero_()

    @torch.no_grad()
    def step(self, is_checked=False):
        """Clips, and applies: the operations of torch.optim.AdamW, on one tensor. A norm that is
        compared with another one is summed in double."""
        self.step_number += 1
        g, t = self.gradients, self.step_number
        dtype = torch.float64 if is_checked else torch.float32
        norm = self.norm = float(torch.linalg.vector_norm(g, dtype=dtype))
        if norm > self.max_norm:
            g.mul_(self.max_norm / norm)
        if self.decay != 0:
            self.values[:self.n_decayed].mul_(1 - self.rate * self.decay)
        self.first.lerp_(g, 1 - self.beta1)
        self.second.mul_(self.beta2).addcmul_(g, g, value=1 - self.beta2)
        root = self.second.sqrt().div_((1 - self.beta2 ** t) ** 0.5).add_(self.epsilon)
        self.values.addcdiv_(self.first, root, value=-self.rate / (1 - self.beta1 ** t))
