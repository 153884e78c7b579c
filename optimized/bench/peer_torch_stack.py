"""The training step of work_training_step.c in PyTorch: two blocks and a projection onto classes.

Q, K and V come from one product. Of the ways to attend that are listed in WAYS the fastest is kept,
eager or scripted.
"""
import sys

import torch
import torch.nn.functional as F

from peer_torch_numbers import Parameters, read_doubles, read_integers, read_tensor


class Batch:
    """Sentences side by side: X, what each token is, and which keys are real."""

    def __init__(self, d_model, clip):
        n_sequences, n = read_integers(2)
        lengths = read_tensor(n_sequences, torch.int64)
        self.targets = read_tensor(n_sequences * n, torch.int32).long()
        self.x = read_tensor(n_sequences * n * d_model, torch.float32).view(n_sequences, n, d_model)
        self.x.requires_grad_()  # an embedding would want it
        hidden = torch.arange(n)[None, :] >= lengths[:, None]
        self.mask = torch.zeros(n_sequences, 1, 1, n)
        self.mask.masked_fill_(hidden[:, None, None], -torch.inf)
        positions = torch.arange(n)
        distances = positions[None, :] - positions[:, None]
        self.places = (distances.clamp(-clip, clip) + clip).flatten()


# ---- The model: each way to attend -------------------------------------------------------------

def attend_baddbmm(qkv, n_heads: int, bias, mask):
    """Scores, scale and bias in one call; heads copied to where a batched product wants them."""
    n_sequences, n, width = qkv.shape
    d_k = width // (3 * n_heads)
    qkv = qkv.view(n_sequences, n, 3, n_heads, d_k).permute(2, 0, 3, 1, 4).contiguous()
    q, k, v = qkv.view(3, n_sequences * n_heads, n, d_k).unbind(0)
    shift = (bias[None] + mask).view(n_sequences * n_heads, n, n)
    weights = torch.baddbmm(shift, q, k.transpose(1, 2), alpha=d_k ** -0.5).softmax(-1)
    heads = torch.bmm(weights, v).view(n_sequences, n_heads, n, d_k)
    return heads.transpose(1, 2).reshape(n_sequences * n, n_heads * d_k)


def attend_matmul(qkv, n_heads: int, bias, mask):
    """Products of four axes, the bias added afterwards."""
    n_sequences, n, width = qkv.shape
    d_k = width // (3 * n_heads)
    q, k, v = qkv.view(n_sequences, n, 3, n_heads, d_k).permute(2, 0, 3, 1, 4).unbind(0)
    scores = torch.matmul(q * d_k ** -0.5, k.transpose(2, 3)) + bias + mask
    heads = torch.matmul(scores.softmax(-1), v)
    return heads.transpose(1, 2).reshape(n_sequences * n, n_heads * d_k)


def attend_broadcast(qkv, n_heads: int, bias, mask):
    """No batched product, which calls a library once a head: products and sums of entries."""
    n_sequences, n, width = qkv.shape
    d_k = width // (3 * n_heads)
    q, k, v = qkv.view(n_sequences, n, 3, n_heads, d_k).permute(2, 0, 3, 1, 4).unbind(0)
    scores = ((q * d_k ** -0.5)[:, :, :, None] * k[:, :, None]).sum(-1) + bias + mask
    heads = (scores.softmax(-1)[..., None] * v[:, :, None]).sum(-2)
    return heads.transpose(1, 2).reshape(n_sequences * n, n_heads * d_k)


ATTEND = {"baddbmm": attend_baddbmm, "matmul": attend_matmul, "broadcast": attend_broadcast}


def make_block(attend):
    """A block, pre-norm, with the epsilon of training_stack.c in its normalisations."""
    def block(x, n_sequences: int, n_heads: int, places, mask, gain_1, bias_1, weight_qkv, bias_qkv,
              weight_o, bias_o, relative_bias, gain_2, bias_2, w_1, b_1, w_2, b_2):
        n_tokens, d_model = x.shape
        n = n_tokens // n_sequences
        normed = F.layer_norm(x, (d_model,), gain_1, bias_1, 1e-5)
        qkv = torch.addmm(bias_qkv, normed, weight_qkv).view(n_sequences, n, 3 * d_model)
        bias = relative_bias.index_select(1, places).view(n_heads, n, n)
        x = x + torch.addmm(bias_o, attend(qkv, n_heads, bias, mask), weight_o)
        normed = F.layer_norm(x, (d_model,), gain_2, bias_2, 1e-5)
        return x + torch.addmm(b_2, F.gelu(torch.addmm(b_1, normed, w_1)), w_2)
    return block


def script_block(name):
    """The same block compiled by TorchScript."""
    attend = torch.jit.script(ATTEND[name])
    return torch.jit.script(make_block(attend))


WAYS = {}
for way in ATTEND:
    WAYS[way] = make_block(ATTEND[way])
for way in ("baddbmm", "matmul"):
    WAYS[way + ", scripted"] = script_block(way)


# ---- One step ----------------------------------------------------------------------------------

N_BLOCK_PARAMETERS = 13


class Case:
    """The model and its batches."""

    def __init__(self):
        self.d_model, self.n_heads, self.n_blocks, clip, n_batches, n_parameters = read_integers(6)
        options = read_doubles(6)
        self.batches = [Batch(self.d_model, clip) for _ in range(n_batches)]
        self.parameters = Parameters(n_parameters, options)
        self.ways = WAYS

    def loss_of(self, batch, way):
        n_sequences, n, d_model = batch.x.shape
        x = batch.x.view(n_sequences * n, d_model)
        for b in range(self.n_blocks):
            own = self.parameters.list[b * N_BLOCK_PARAMETERS:(b + 1) * N_BLOCK_PARAMETERS]
            x = WAYS[way](x, n_sequences, self.n_heads, batch.places, batch.mask, *own)
        weight, bias = self.parameters.list[-2:]
        return F.cross_entropy(torch.addmm(bias, x, weight), batch.targets, ignore_index=-1)

    def step(self, batch, way, is_checked=False):
        batch.x.grad = None
        self.parameters.zero_gradients()
        loss = self.loss_of(batch, way)
        loss.backward()
        self.parameters.step(is_checked)
        return loss

    def first_run(self):
        """Every way must compute the same; the bench compares the first of them with its own."""
        with torch.no_grad():
            losses = [self.loss_of(self.batches[0], way).item() for way in WAYS]
        if max(losses) - min(losses) > 1e-4 * min(losses):
            sys.exit(f"the ways to attend do not agree: {losses}")
        for batch in self.batches:
            yield self.step(batch, "baddbmm", is_checked=True).item()
            yield self.parameters.norm

    def run(self, way):
        for batch in self.batches:
            self.step(batch, way)
