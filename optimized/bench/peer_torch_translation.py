"""The training step of work_translation_step.c in PyTorch: an encoder that reads in both
directions, a decoder with attention.

Recurrent layers are those of the library, or loops over cells whose inputs are multiplied in one
product before the loop. Where nothing is fed, the decoder and its attention take the whole target
at once; else they go word by word, and what does not depend on the word before is done for all
words first. Each way is tried eager and scripted.
"""
from typing import List

import torch
import torch.nn.functional as F

from peer_torch_numbers import Parameters, read_doubles, read_integers, read_tensor


# ---- Recurrent layers: X is (n x n_batch x n_in), a cell is W, b, U, b' ------------------------

def lstm_of_library(x, h, c, p: List[torch.Tensor]):
    weights = [p[0].t(), p[2].t(), p[1], p[3]]
    return torch.lstm(x, [h[None], c[None]], weights, True, 1, 0.0, True, False, False)[0]


def cell(a, h, c, u):
    i, f, g, o = torch.addmm(a, h, u).chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def inputs_of(x, p: List[torch.Tensor]):
    n, n_batch, n_in = x.shape
    return torch.addmm(p[1] + p[3], x.reshape(n * n_batch, n_in), p[0]).view(n, n_batch, -1)


def lstm_loop(x, h, c, p: List[torch.Tensor]):
    output = []
    for a in inputs_of(x, p).unbind(0):
        h, c = cell(a, h, c, p[2])
        output.append(h)
    return torch.stack(output)


def encode_by_library(x, h, right: List[torch.Tensor], left: List[torch.Tensor]):
    h = torch.stack([h, h])
    weights = [right[0].t(), right[2].t(), right[1], right[3],
               left[0].t(), left[2].t(), left[1], left[3]]
    memory, last, _ = torch.lstm(x, [h, h], weights, True, 1, 0.0, True, True, False)
    return memory, torch.cat([last[0], last[1]], 1)


def encode_by_loop(x, h, right: List[torch.Tensor], left: List[torch.Tensor]):
    read = lstm_loop(x, h, h, right)
    back = lstm_loop(x.flip(0), h, h, left)
    return torch.cat([read, back.flip(0)], 2), torch.cat([read[-1], back[-1]], 1)


# ---- Attention: H is (n_batch x n_q x d), M is (n_batch x n_k x d_memory) ----------------------

def keys_of(memory, p: List[torch.Tensor]):
    if len(p) == 1:  # x^T W m
        return torch.matmul(memory, p[0].t())
    return torch.matmul(memory, p[1]) + p[2]


def attend(h, keys, memory, p: List[torch.Tensor]):
    if len(p) == 1:
        scores = torch.bmm(h, keys.transpose(1, 2))
    else:  # v . tanh(W^T x + K)
        q = torch.matmul(h, p[0])
        scores = torch.matmul(torch.tanh(q[:, :, None] + keys[:, None]), p[3])
    return torch.bmm(scores.softmax(-1), memory)


# ---- Decoders: from the embedded words to h~, (n x n_batch x d) --------------------------------

def join(context, h, p: List[torch.Tensor]):
    return torch.tanh(torch.addmm(p[1], torch.cat([context, h], 1), p[0]))


def attend_to_all(h, keys, memory, score: List[torch.Tensor], joining: List[torch.Tensor]):
    n, n_batch, d = h.shape
    context = attend(h.transpose(0, 1), keys, memory, score).transpose(0, 1)
    return join(context.reshape(n * n_batch, -1), h.reshape(n * n_batch, d), joining)


def decode_by_library(x, h, c, keys, memory, p: List[torch.Tensor], score: List[torch.Tensor],
                      joining: List[torch.Tensor]):
    return attend_to_all(lstm_of_library(x, h, c, p), keys, memory, score, joining)


def decode_by_loop(x, h, c, keys, memory, p: List[torch.Tensor], score: List[torch.Tensor],
                   joining: List[torch.Tensor]):
    return attend_to_all(lstm_loop(x, h, c, p), keys, memory, score, joining)


def decode_feeding(x, h, c, keys, memory, p: List[torch.Tensor], score: List[torch.Tensor],
                   joining: List[torch.Tensor]):
    n, n_batch, d_embedding = x.shape
    a = torch.addmm(p[1] + p[3], x.reshape(n * n_batch, d_embedding), p[0][:d_embedding])
    weights = torch.cat([p[0][d_embedding:], p[2]])
    fed = torch.zeros_like(h)
    output = []
    for a_t in a.view(n, n_batch, -1).unbind(0):
        h, c = cell(a_t, torch.cat([fed, h], 1), c, weights)
        context = attend(h[:, None], keys, memory, score)[:, 0]
        fed = join(context, h, joining)
        output.append(fed)
    return torch.cat(output)


# ---- The whole ---------------------------------------------------------------------------------

def make_loss(encode, decode):
    def loss_of(source, words, targets, p: List[torch.Tensor]):
        source_x, target_x = F.embedding(source, p[0]), F.embedding(words, p[1])
        zeros = torch.zeros(source.shape[1], p[4].shape[0])
        memory, last = encode(source_x, zeros, p[2:6], p[6:10])
        h, c = torch.tanh(torch.addmm(p[11], last, p[10])).chunk(2, 1)
        memory = memory.transpose(0, 1).contiguous()
        score = p[16:-4]
        attentional = decode(target_x, h, c, keys_of(memory, score), memory, p[12:16], score,
                             p[-4:-2])
        return F.cross_entropy(torch.addmm(p[-1], attentional, p[-2]), targets.flatten())
    return loss_of


ENCODE = {"library": encode_by_library, "loop": encode_by_loop}
DECODE = {"library": decode_by_library, "loop": decode_by_loop}


def ways_of(decoders):
    """Each encoder with each decoder, eager and scripted."""
    ways = {}
    for e, encode in ENCODE.items():
        for d, decode in decoders.items():
            ways[f"{e}, {d}"] = make_loss(encode, decode)
            ways[f"{e}, {d}, scripted"] = torch.jit.script(
                make_loss(torch.jit.script(encode), torch.jit.script(decode)))
    return ways


class Translation:
    """The model and its batch, word by word: (n x n_batch)."""

    decoders = DECODE

    def __init__(self):
        n_batch, n_source, n_target, n_parameters = read_integers(4)
        options = read_doubles(6)
        self.words = [read_tensor(n_batch * n, torch.int32).view(n_batch, n).long().t().contiguous()
                      for n in (n_source, n_target, n_target)]
        self.parameters = Parameters(n_parameters, options)
        self.ways = ways_of(self.decoders)

    def run(self, way, is_checked=False):
        self.parameters.zero_gradients()
        loss = self.ways[way](*self.words, self.parameters.list)
        loss.backward()
        self.parameters.step(is_checked)
        return loss

    def first_run(self):
        """Every way takes the same step: the loss and the norm that are furthest from the rest."""
        values = self.parameters.values.clone()
        results = []
        for way in self.ways:
            loss = self.run(way, is_checked=True).item()
            results.append([loss, self.parameters.norm])
            with torch.no_grad():
                self.parameters.values.copy_(values)
        results = torch.tensor(results, dtype=torch.float64)
        furthest = (results - results.median(0).values).abs().argmax(0)
        return results.gather(0, furthest[None])[0].tolist()


class FeedingTranslation(Translation):
    decoders = {"loop": decode_feeding}
