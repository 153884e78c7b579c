"""The training step of work_training_step.c in PyTorch, as fast as it gets there.

The bench starts this program where PyTorch is installed, writes the numbers of a case to its
standard input and asks for runs:

    "case\n" and the numbers   answered by the loss and the gradient norm of every batch,
                               while it takes one step on each;
    "run THREADS\n"            answered by the nanoseconds of one step on each batch.

It is tuned: all parameters lie in one tensor and all gradients in another, so that the gradients
are cleared, clipped and applied by a few operations; Q, K and V come from one product; nothing is
checked while it runs. Of the ways to attend that are listed in WAYS it times each, eager and
scripted, with the threads that are asked for, and keeps the fastest, which it names on stderr.
"""
import struct
import sys
import time

import torch
import torch.nn.functional as F


# ---- The numbers of a case ---------------------------------------------------------------------

def read_exactly(n_bytes):
    data = sys.stdin.buffer.read(n_bytes)
    if len(data) != n_bytes:
        sys.exit("the numbers of a case have ended too early")
    return bytearray(data)


def read_integers(n):
    return struct.unpack(f"={n}q", read_exactly(8 * n))


def read_tensor(n, dtype):
    size = torch.empty(0, dtype=dtype).element_size()
    return torch.frombuffer(read_exactly(size * n), dtype=dtype)


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


class Case:
    """The model, its batches and the state of AdamW."""

    def __init__(self):
        (self.d_model, self.n_heads, self.n_blocks, self.clip, n_batches,
         n_parameters) = read_integers(6)
        self.rate, self.beta1, self.beta2, self.epsilon, self.decay, self.max_norm = struct.unpack(
            "=6d", read_exactly(48))
        self.batches = [Batch(self.d_model, self.clip) for _ in range(n_batches)]
        shapes = [read_integers(3) for _ in range(n_parameters)]
        values = [read_tensor(rows * columns, torch.float32) for rows, columns, _ in shapes]
        self.place_parameters(shapes, values)
        self.step_number = 0
        self.tuned = {}

    def place_parameters(self, shapes, values):
        """All in one tensor: first those that decay, then the others."""
        order = sorted(range(len(shapes)), key=lambda p: not shapes[p][2])
        self.n_decayed = sum(rows * columns for rows, columns, decays in shapes if decays)
        self.values = torch.cat([values[p] for p in order])
        self.gradients = torch.zeros_like(self.values)
        self.first = torch.zeros_like(self.values)
        self.second = torch.zeros_like(self.values)
        self.parameters = [None] * len(shapes)
        begin = 0
        for p in order:
            rows, columns, _ = shapes[p]
            shape = (rows, columns) if rows > 1 else (columns,)
            here = slice(begin, begin + rows * columns)
            self.parameters[p] = self.values[here].view(shape).requires_grad_()
            self.parameters[p].grad = self.gradients[here].view(shape)
            begin += rows * columns


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


def loss_of(case, batch, block):
    n_sequences, n, d_model = batch.x.shape
    x = batch.x.view(n_sequences * n, d_model)
    for b in range(case.n_blocks):
        own = case.parameters[b * N_BLOCK_PARAMETERS:(b + 1) * N_BLOCK_PARAMETERS]
        x = block(x, n_sequences, case.n_heads, batch.places, batch.mask, *own)
    weight, bias = case.parameters[-2:]
    return F.cross_entropy(torch.addmm(bias, x, weight), batch.targets, ignore_index=-1)


@torch.no_grad()
def adamw_step(case):
    """Clips, and applies: the operations of torch.optim.AdamW, on one tensor."""
    case.step_number += 1
    g, t = case.gradients, case.step_number
    norm = case.norm = float(torch.linalg.vector_norm(g))
    if norm > case.max_norm:
        g.mul_(case.max_norm / norm)
    case.values[:case.n_decayed].mul_(1 - case.rate * case.decay)
    case.first.lerp_(g, 1 - case.beta1)
    case.second.mul_(case.beta2).addcmul_(g, g, value=1 - case.beta2)
    root = case.second.sqrt().div_((1 - case.beta2 ** t) ** 0.5).add_(case.epsilon)
    case.values.addcdiv_(case.first, root, value=-case.rate / (1 - case.beta1 ** t))


def step(case, batch, block):
    case.gradients.zero_()
    batch.x.grad = None
    loss = loss_of(case, batch, block)
    loss.backward()
    adamw_step(case)
    return loss


@torch.no_grad()
def check_ways(case):
    """Every way must compute the same; the bench compares the first of them with its own."""
    losses = [loss_of(case, case.batches[0], block).item() for block in WAYS.values()]
    if max(losses) - min(losses) > 1e-4 * min(losses):
        sys.exit(f"the ways to attend do not agree: {losses}")


def nanoseconds_of(case, block):
    begin = time.perf_counter_ns()
    for batch in case.batches:
        step(case, batch, block)
    return time.perf_counter_ns() - begin


N_WARM_UP, N_TIMED = 2, 3


def tune(case):
    """The fastest way; all run in turn."""
    times = {way: [] for way in WAYS}
    for _ in range(N_WARM_UP + N_TIMED):
        for way, block in WAYS.items():
            times[way].append(nanoseconds_of(case, block))
    best = min(WAYS, key=lambda way: min(times[way][N_WARM_UP:]))
    n_threads = torch.get_num_threads()
    print(f"PyTorch, d={case.d_model}, threads {n_threads}: the fastest is {best}", file=sys.stderr)
    return best


# ---- Questions and answers ---------------------------------------------------------------------

def main():
    torch.set_flush_denormal(True)
    case = None
    print("PyTorch", torch.__version__, flush=True)
    for line in iter(sys.stdin.buffer.readline, b""):
        question, *arguments = line.split()
        if question == b"case":
            case = Case()
            torch.set_num_threads(1)
            check_ways(case)
            for batch in case.batches:
                loss = step(case, batch, WAYS["baddbmm"]).item()
                print(f"{loss:.9g} {case.norm:.9g}", flush=True)
            continue
        n_threads = int(arguments[0])
        torch.set_num_threads(n_threads)
        if n_threads not in case.tuned:
            case.tuned[n_threads] = tune(case)
        print(nanoseconds_of(case, WAYS[case.tuned[n_threads]]), flush=True)


if __name__ == "__main__":
    main()
