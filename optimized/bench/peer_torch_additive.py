"""Additive attention of work_additive.c in PyTorch: Q = X W, the scores v . tanh(q_i + k_j), their
softmax, and the contexts; forward, or the gradients of all inputs. The keys are made beforehand.

Each is done eager and scripted, with a new tensor for the tanh and in place.
"""
import torch

from peer_torch_numbers import digest, read_integers, read_tensor


def attend(x, keys, memory, w, v):
    q = torch.matmul(x, w)
    scores = torch.matmul(torch.tanh(q[:, :, None] + keys[:, None]), v)
    return torch.bmm(scores.softmax(-1), memory)


def attend_in_place(x, keys, memory, w, v):
    q = torch.matmul(x, w)
    scores = torch.matmul((q[:, :, None] + keys[:, None]).tanh_(), v)
    return torch.bmm(scores.softmax(-1), memory)


class Additive:
    def __init__(self):
        n_batch, n_q, n_k, d_a, d = read_integers(5)
        shapes = [(n_batch, n_q, d), (n_batch, n_k, d_a), (n_batch, n_k, d), (d, d_a), (d_a,)]
        self.inputs = [read_tensor(torch.Size(shape).numel()).view(shape) for shape in shapes]
        self.grad_output = read_tensor(n_batch * n_q * d).view(n_batch, n_q, d)
        self.ways = {
            "eager": attend,
            "eager, in place": attend_in_place,
            "scripted": torch.jit.script(attend),
            "scripted, in place": torch.jit.script(attend_in_place),
        }

    def results_of(self, way):
        return [digest(x) for x in self.run(way)]

    def first_run(self):
        """Of the way that is furthest from the others."""
        results = torch.tensor([self.results_of(way) for way in self.ways], dtype=torch.float64)
        furthest = (results - results.median(0).values).abs().argmax(0)
        return results.gather(0, furthest[None])[0].tolist()


class Forward(Additive):
    @torch.no_grad()
    def run(self, way):
        return [self.ways[way](*self.inputs)]


class Backward(Additive):
    """What the forward pass has left is kept from run to run: the backward pass alone counts."""

    def __init__(self):
        super().__init__()
        for x in self.inputs:
            x.requires_grad_()
        self.outputs = {}

    def run(self, way):
        if way not in self.outputs:
            self.outputs[way] = self.ways[way](*self.inputs)
        return torch.autograd.grad(self.outputs[way], self.inputs, self.grad_output,
                                   retain_graph=True)
