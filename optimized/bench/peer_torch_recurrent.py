"""The recurrent layers of work_recurrent.c in PyTorch: forward and backward.

Each is done by the module of the library, and as a loop over its cells that is put together from
products and gates: with the products of all inputs in one, before the loop, and with weights that
lie as the products want them.
"""
import torch

from peer_torch_numbers import digest, read_integers, read_tensor


# ---- Loops -------------------------------------------------------------------------------------

def lstm_loop(x, w, b, u, b_h):
    n, n_batch, n_in = x.shape
    a = torch.addmm(b + b_h, x.view(n * n_batch, n_in), w).view(n, n_batch, w.shape[1])
    h = torch.zeros(n_batch, u.shape[0])
    c = torch.zeros(n_batch, u.shape[0])
    output = []
    for a_t in a.unbind(0):
        gates = torch.addmm(a_t, h, u)
        i, f, g, o = gates.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        output.append(h)
    return torch.stack(output)


def gru_loop(x, w, b, u, b_h):
    n, n_batch, n_in = x.shape
    n_hidden = u.shape[0]
    a = torch.addmm(b, x.view(n * n_batch, n_in), w).view(n, n_batch, w.shape[1])
    h = torch.zeros(n_batch, n_hidden)
    output = []
    for a_t in a.unbind(0):
        u_t = torch.addmm(b_h, h, u)
        r, z = torch.sigmoid(a_t[:, :2 * n_hidden] + u_t[:, :2 * n_hidden]).chunk(2, 1)
        new = torch.tanh(a_t[:, 2 * n_hidden:] + r * u_t[:, 2 * n_hidden:])
        h = torch.lerp(new, h, z)
        output.append(h)
    return torch.stack(output)


# ---- The case ----------------------------------------------------------------------------------

class Output(torch.nn.Module):
    """Of a module, without the last states."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)[0]


class Recurrent:
    """A layer, and two sets of the same parameters: the module's are transposed."""

    def __init__(self):
        n, n_batch, n_in, n_hidden = read_integers(4)
        n_columns = self.n_gates * n_hidden
        self.x = read_tensor(n * n_batch * n_in).view(n, n_batch, n_in).requires_grad_()
        self.grad_output = read_tensor(n * n_batch * n_hidden).view(n, n_batch, n_hidden)
        self.own = [read_tensor(n_in * n_columns).view(n_in, n_columns), read_tensor(n_columns),
                    read_tensor(n_hidden * n_columns).view(n_hidden, n_columns),
                    read_tensor(n_columns)]
        for parameter in self.own:
            parameter.requires_grad_()
        self.module = self.module_type(n_in, n_hidden)
        with torch.no_grad():
            self.module.weight_ih_l0.copy_(self.own[0].t())
            self.module.bias_ih_l0.copy_(self.own[1])
            self.module.weight_hh_l0.copy_(self.own[2].t())
            self.module.bias_hh_l0.copy_(self.own[3])
        output = Output(self.module)
        scripted_output, loop = torch.jit.script(output), self.loop
        scripted_loop = torch.jit.script(loop)
        self.ways = {
            "the module": lambda: output(self.x),
            "the module, scripted": lambda: scripted_output(self.x),
            "a loop": lambda: loop(self.x, *self.own),
            "a loop, scripted": lambda: scripted_loop(self.x, *self.own),
        }

    def parameters_of(self, way):
        """In the order of the module."""
        if way.startswith("the module"):
            return list(self.module.parameters())
        return [self.own[0], self.own[2], self.own[1], self.own[3]]

    def run(self, way):
        self.x.grad = None
        for parameter in self.parameters_of(way):
            parameter.grad = None
        output = self.ways[way]()
        output.backward(self.grad_output)
        return output

    def results_of(self, way):
        output = self.run(way)
        grad_w, grad_u, grad_b, grad_b_h = [p.grad for p in self.parameters_of(way)]
        if way.startswith("the module"):
            grad_w, grad_u = grad_w.t(), grad_u.t()
        return [digest(x) for x in (output, self.x.grad, grad_w, grad_b, grad_u, grad_b_h)]

    def first_run(self):
        """Of the way that is furthest from the others."""
        results = torch.tensor([self.results_of(way) for way in self.ways], dtype=torch.float64)
        middle = results.median(0).values
        furthest = (results - middle).abs().argmax(0)
        return results.gather(0, furthest[None])[0].tolist()


class Lstm(Recurrent):
    n_gates, module_type, loop = 4, torch.nn.LSTM, staticmethod(lstm_loop)


class Gru(Recurrent):
    n_gates, module_type, loop = 3, torch.nn.GRU, staticmethod(gru_loop)
