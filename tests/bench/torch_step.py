#!/usr/bin/env python3
"""The models of bench_steps in PyTorch, timed beside ours in one run.

    python3 tests/bench/torch_step.py build/tests/bench_steps     # side by side, ratios
    python3 tests/bench/torch_step.py                             # PyTorch alone
    python3 tests/bench/torch_step.py build/tests/bench_steps --case published-t7 full-t7

Needs torch, numpy and h5py; nothing else of the project needs Python. Before anything is timed,
every form of the recurrence must give the outputs and gradients of tests/golden, and a network the
number of parameters that bench_steps says it has.

Ours and theirs take turns; a figure is the median of the rounds' medians, or with --least the
minimum of all, for machines that others use, too. PyTorch runs in two processes that stay: `best` (OpenMP threads = cores, no second BLAS pool, memory kept,
denormals off, fused optimiser) and `default` (PyTorch as it comes). The best PyTorch is the
fastest of: one chunk with the inverse by doubling, one chunk with solve_triangular, one chunk
through torch.compile; each is named in the table. In the cases `-last` the loss looks at the last
token alone; there the best PyTorch, too, leaves out of its last block what no output needs, while
`loop` and `default` are as one writes them down."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATCH, HEAD = 32, 64
DECAY = math.exp(-0.5)
CHUNKED = ("doubling", "solve", "compiled")

# name: (kind, full layers, width, layers, tokens, rows), as in bench_steps.c
CASES = {
    "published-t7": ("step", False, 512, 1, 7, 224),
    "published-t21": ("step", False, 512, 1, 21, 224),
    "full-t7": ("step", True, 512, 2, 7, 224),
    "full-t21": ("step", True, 512, 2, 21, 224),
    "full128-t7": ("step", True, 128, 2, 7, 224),
    "published-t7-tf32": ("step", False, 512, 1, 7, 224),
    "published-t7-bf16": ("step", False, 512, 1, 7, 224),
    "published-t21-tf32": ("step", False, 512, 1, 21, 224),
    "published-t21-bf16": ("step", False, 512, 1, 21, 224),
    "full-t7-tf32": ("step", True, 512, 2, 7, 224),
    "full-t7-bf16": ("step", True, 512, 2, 7, 224),
    "full-t21-tf32": ("step", True, 512, 2, 21, 224),
    "full-t21-bf16": ("step", True, 512, 2, 21, 224),
    "full128-t7-tf32": ("step", True, 128, 2, 7, 224),
    "full128-t7-bf16": ("step", True, 128, 2, 7, 224),
    "published-t7-last": ("step", False, 512, 1, 7, 224),
    "published-t21-last": ("step", False, 512, 1, 21, 224),
    "full-t7-last": ("step", True, 512, 2, 7, 224),
    "full-t21-last": ("step", True, 512, 2, 21, 224),
    "full128-t7-last": ("step", True, 128, 2, 7, 224),
    "published-t1": ("step", False, 512, 1, 1, 30),
    "recurrence-t7": ("recurrence", False, 512, 1, 7, 224),
    "recurrence-t21": ("recurrence", False, 512, 1, 21, 224),
    "forecast": ("forecast", False, 512, 1, 7, 1),
    "forecast-256": ("forecast", False, 512, 1, 7, 256),
    "start": ("start", False, 512, 1, 7, 1),
}

BEST_ENVIRONMENT = {
    "OMP_NUM_THREADS": str(os.cpu_count()),
    "MKL_NUM_THREADS": str(os.cpu_count()),
    "OPENBLAS_NUM_THREADS": "1",
    # Activations are allocated anew in every step; glibc would hand them back each time.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
}

if __name__ != "__main__" or "--help" not in sys.argv and "-h" not in sys.argv:
    import torch
    from torch.nn import functional as F


# ---------------------------------------------------------------------------- recurrence
# Arguments [rows, tokens, heads, N]; the decay as its logarithm, which is what a layer has.


def token_loop(r, log_decay, k, v, a, b):
    """E6 as it is written: a state per head, token by token."""
    rows, tokens, heads, size = r.shape
    decay = log_decay.exp()
    state = r.new_zeros(rows, heads, size, size)
    out = []
    for t in range(tokens):
        removed = state @ a[:, t].unsqueeze(-1) @ b[:, t].unsqueeze(-2)
        added = v[:, t].unsqueeze(-1) @ k[:, t].unsqueeze(-2)
        state = state * decay[:, t].unsqueeze(-2) + removed + added
        out.append((state @ r[:, t].unsqueeze(-1)).squeeze(-1))
    return torch.stack(out, 1)


def inverse_by_doubling(lower):
    """(I - lower)^-1 = (I + lower)(I + lower^2)(I + lower^4)..., for a strict triangle."""
    tokens = lower.shape[-1]
    eye = torch.eye(tokens, dtype=lower.dtype)
    inverse, power, reach = eye + lower, lower, 2
    while reach < tokens:
        power = power @ power
        inverse = inverse + inverse @ power
        reach *= 2
    return inverse


def one_chunk(r, log_decay, k, v, a, b, solve=False):
    """The one-chunk form (tests/golden/README.md): no state, products of tokens by tokens."""
    tokens = r.shape[1]
    r, log_decay, k, v, a, b = (x.transpose(1, 2) for x in (r, log_decay, k, v, a, b))
    total = log_decay.cumsum(2)
    grown = (-total).exp()
    left = torch.cat((a * (total - log_decay).exp(), r * total.exp()), 2)
    right = torch.cat((k * grown, b * grown), 2)
    square = torch.ones(tokens, tokens, dtype=r.dtype)
    mask = torch.cat((square.tril(-1), square.tril()), 0).repeat(1, 2)
    products = (left @ right.transpose(-1, -2)) * mask
    u = products[..., :tokens, :tokens] @ v
    lower = products[..., :tokens, tokens:]
    if solve:
        eye = torch.eye(tokens, dtype=r.dtype)
        u = torch.linalg.solve_triangular(eye - lower, u, upper=False, unitriangular=True)
    else:
        u = inverse_by_doubling(lower) @ u
    return (products[..., tokens:, :] @ torch.cat((v, u), 2)).transpose(1, 2)


def one_chunk_solve(*arguments):
    return one_chunk(*arguments, solve=True)


FORMS = {"loop": token_loop, "doubling": one_chunk, "solve": one_chunk_solve}


# ------------------------------------------------------------------------------- network
# Parameters are named and shaped as in tests/golden.


def rank(width, factor):
    if width < 256:
        return max(8, width // 8)
    return 32 * max(1, round(factor * math.sqrt(width) / 32))


def time_mix_shapes(width, layer):
    decay, value, gate = rank(width, 2.5), rank(width, 1.7), rank(width, 5)
    shapes = {f"x_{n}": (width,) for n in "rwkvag"}
    shapes |= {"w0": (width,), "w1": (width, decay), "w2": (decay, width)}
    shapes |= {"a0": (width,), "a1": (width, decay), "a2": (decay, width)}
    if layer > 0:
        shapes |= {"v0": (width,), "v1": (width, value), "v2": (value, width)}
    shapes |= {"g1": (width, gate), "g2": (gate, width)}
    shapes |= {"k_k": (width,), "k_a": (width,), "r_k": (width // HEAD, HEAD)}
    shapes |= {n: (width, width) for n in ("receptance", "key", "value", "output")}
    return shapes | {"ln_x_w": (width,), "ln_x_b": (width,)}


def norm_shapes(width, *names):
    return {f"{name}_{part}": (width,) for name in names for part in "wb"}


def network_shapes(full, width, layers):
    shapes = {"embed_w": (width, PATCH), "proj_w": (PATCH, width), "proj_b": (PATCH,)}
    if not full:
        shapes |= {f"att.{n}": s for n, s in time_mix_shapes(width, 0).items()}
        shapes |= {"mlp_w": (width, width), "mlp_b": (width,)}
        return shapes | norm_shapes(width, "norm1", "norm2")
    shapes |= norm_shapes(width, "ln0", "ln_out")
    for layer in range(layers):
        at = f"blocks.{layer}."
        shapes |= {f"{at}att.{n}": s for n, s in time_mix_shapes(width, layer).items()}
        shapes |= {f"{at}ffn.x_k": (width,), f"{at}ffn.key": (4 * width, width)}
        shapes |= {f"{at}ffn.value": (width, 4 * width)}
        shapes |= norm_shapes(width, f"{at}ln1", f"{at}ln2")
    return shapes


def fresh_parameters(full, width, layers):
    torch.manual_seed(1)
    parameters = {}
    for name, shape in network_shapes(full, width, layers).items():
        spread = 1 / math.sqrt(shape[-1])
        parameters[name] = (torch.rand(shape) * 2 - 1).mul_(spread).requires_grad_()
    return parameters


def norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[name + "_w"], p[name + "_b"], 1e-5)


def shifted(x):
    return F.pad(x, (0, 0, 1, -1)) - x


def time_mix(p, at, x, v_first, recurrence, heads, ends):
    """E5 to E7, of the last `ends` tokens."""
    rows, tokens, width = x.shape
    by_head = (rows, tokens, heads, width // heads)
    change = shifted(x)
    mixed = {n: x + change * p[f"{at}x_{n}"] for n in "wkva"}
    mixed |= {n: x[:, -ends:] + change[:, -ends:] * p[f"{at}x_{n}"] for n in "rg"}
    r = F.pad(F.linear(mixed["r"], p[at + "receptance"]), (0, 0, tokens - ends, 0))
    k = F.linear(mixed["k"], p[at + "key"])
    v = F.linear(mixed["v"], p[at + "value"])
    decay = p[at + "w0"] + torch.tanh(mixed["w"] @ p[at + "w1"]) @ p[at + "w2"]
    rate = torch.sigmoid(p[at + "a0"] + mixed["a"] @ p[at + "a1"] @ p[at + "a2"])
    gate = torch.sigmoid(mixed["g"] @ p[at + "g1"]) @ p[at + "g2"]
    if v_first is None:
        v_first = v
    else:
        share = torch.sigmoid(p[at + "v0"] + mixed["v"] @ p[at + "v1"] @ p[at + "v2"])
        v = v + (v_first - v) * share
    removal = F.normalize((k * p[at + "k_k"]).view(by_head), dim=-1, eps=1e-12)
    k = k * (1 + (rate - 1) * p[at + "k_a"])
    r, k, v, rate = (z.view(by_head) for z in (r, k, v, rate))
    log_decay = -DECAY * torch.sigmoid(decay).view(by_head)
    y = recurrence(r, log_decay, k, v, -removal, removal * rate)[:, -ends:].reshape(-1, width)
    y = F.group_norm(y, heads, p[at + "ln_x_w"], p[at + "ln_x_b"], 64e-5).view(rows, ends, width)
    r, k, v = (z[:, -ends:] for z in (r, k, v))
    bonus = ((r * k * p[at + "r_k"]).sum(-1, keepdim=True) * v).reshape(rows, ends, width)
    return F.linear((y + bonus) * gate, p[at + "output"]), v_first


def channel_mix(p, at, x, ends):
    """E9, of the last `ends` tokens."""
    mixed = (x + shifted(x) * p[at + "x_k"])[:, -ends:]
    return F.linear(torch.relu(F.linear(mixed, p[at + "key"])).square(), p[at + "value"])


def positions(tokens, width):
    half = torch.arange(0, width, 2, dtype=torch.float64)
    angle = torch.arange(tokens, dtype=torch.float64)[:, None] * torch.exp(
        half * (-math.log(10000.0) / width)
    )
    return torch.stack((angle.sin(), angle.cos()), -1).view(tokens, width).float()


def network(p, x, recurrence, layers, heads, patch, sinusoid, last=False):
    """Contexts x [rows, steps] to [rows, tokens, patch], or to the `last` token's: E1 to E10."""
    full = "ln0_w" in p
    mean = x.mean(1, keepdim=True).detach()
    scale = (x.var(1, correction=0, keepdim=True) + 1e-5).sqrt().detach()
    h = F.linear(((x - mean) / scale).view(x.shape[0], -1, patch), p["embed_w"])
    if sinusoid is not None:
        h = h + sinusoid
    if full:
        h = norm(p, "ln0", h)
        v_first, tokens = None, h.shape[1]
        for layer in range(layers):
            at = f"blocks.{layer}."
            cut = last and layer == layers - 1
            between, behind = (min(tokens, 2), 1) if cut else (tokens, tokens)
            mixed, v_first = time_mix(
                p, at + "att.", norm(p, at + "ln1", h), v_first, recurrence, heads, between
            )
            h = h[:, -between:] + mixed
            mixed = channel_mix(p, at + "ffn.", norm(p, at + "ln2", h), behind)
            h = h[:, -behind:] + mixed
        h = norm(p, "ln_out", h)
    else:
        ends = 1 if last else h.shape[1]
        mixed = time_mix(p, "att.", norm(p, "norm1", h), None, recurrence, heads, ends)[0]
        h = h[:, -ends:] + mixed
        h = h + F.linear(norm(p, "norm2", h), p["mlp_w"], p["mlp_b"])
    y = F.linear(h, p["proj_w"], p["proj_b"])
    return y * scale[:, :, None] + mean[:, :, None]


# -------------------------------------------------------------------------------- golden


def golden_tensor(file, name):
    return torch.from_numpy(file[name][()]).float()


def golden_compare(file, name, got):
    import numpy

    error = numpy.abs(got.detach().double().numpy() - file[name][()]).max()
    tolerance = file[name].attrs["tol"]
    if not error <= tolerance:
        sys.exit(f"{file.filename}: {name} is off by {error:.3g}; {tolerance:.3g} is allowed")


def golden_check(path):
    """Refuses to go on unless every form gives the file's outputs and gradients."""
    import h5py

    with h5py.File(path, "r") as file:
        size = {name: int(file.attrs[name]) for name in ("D", "H", "layers", "patch", "T", "C_in")}
        sinusoid = None
        if file.attrs["pos_embed"]:
            sinusoid = positions(size["T"] // size["patch"], size["D"])
        for recurrence in FORMS.values():
            p = {n: golden_tensor(file, f"param/{n}").requires_grad_() for n in file["param"]}
            x = golden_tensor(file, "in/x").requires_grad_()
            rows = x.transpose(1, 2).reshape(-1, size["T"])
            sizes = (size["layers"], size["H"], size["patch"], sinusoid)
            y = network(p, rows, recurrence, *sizes)
            last = network(p, rows, recurrence, *sizes, last=True)
            torch.testing.assert_close(last, y[:, -1:])
            y = y.reshape(-1, size["C_in"], size["T"]).transpose(1, 2)
            loss = F.mse_loss(y, golden_tensor(file, "in/target"))
            loss.backward()
            golden_compare(file, "out/y", y)
            golden_compare(file, "out/loss", loss)
            golden_compare(file, "grad/x", x.grad)
            for name, value in p.items():
                golden_compare(file, f"grad/{name}", value.grad)


def golden_checks():
    folder = Path(__file__).resolve().parent.parent / "golden"
    for name in ("rimer_pub_d128_n64", "rimer_pub_d32_onetoken", "rimer_full_l2_n64"):
        golden_check(folder / f"{name}.h5")


# --------------------------------------------------------------------------------- cases


def model_call(case, form, last=False):
    """The network of a case as a function of parameters and contexts."""
    _, full, width, layers, tokens, _ = CASES[case]
    sinusoid = None if full else positions(tokens, width)
    recurrence = FORMS["doubling" if form == "compiled" else form]
    return lambda p, x: network(p, x, recurrence, layers, width // HEAD, PATCH, sinusoid, last)


def step_work(case, form, best):
    _, full, width, layers, tokens, rows = CASES[case]
    last = case.endswith("-last")
    model = model_call(case, form, last and best and form in CHUNKED)
    parameters = fresh_parameters(full, width, layers)
    x = torch.randn(rows, tokens * PATCH)
    target = torch.randn(rows, 1 if last else tokens, PATCH)
    optimizer = torch.optim.AdamW(
        parameters.values(), lr=1e-4, weight_decay=0, **({"fused": True} if best else {})
    )

    # Its counterpart of our bfloat16; of tf32 it has none on most processors, so that is float32.
    rounded = case.endswith("-bf16")

    def loss_of(p, context, wanted):
        with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
            y = model(p, context)
        return F.mse_loss((y[:, -1:] if last else y).float(), wanted)

    if form == "compiled":
        loss_of = torch.compile(loss_of, dynamic=False)

    def work():
        optimizer.zero_grad(set_to_none=True)
        loss_of(parameters, x, target).backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()

    return work


def recurrence_work(case, form, _):
    _, _, width, _, tokens, rows = CASES[case]
    shape = (rows, tokens, width // HEAD, HEAD)
    r, k, v = (torch.randn(shape).requires_grad_() for _ in range(3))
    log_decay = (-DECAY * torch.rand(shape)).requires_grad_()
    kappa = F.normalize(torch.randn(shape), dim=-1)
    a, b = (-kappa).requires_grad_(), (kappa * 0.5).requires_grad_()
    inputs, dy = (r, log_decay, k, v, a, b), torch.randn(shape)
    recurrence = FORMS["doubling" if form == "compiled" else form]
    if form == "compiled":
        recurrence = torch.compile(recurrence, dynamic=False)
    return lambda: torch.autograd.grad(recurrence(*inputs), inputs, dy)


def forecast_work(case, form, best):
    _, full, width, layers, tokens, rows = CASES[case]
    model = model_call(case, form, best and form in CHUNKED)
    p = {n: x.detach() for n, x in fresh_parameters(full, width, layers).items()}
    x = torch.randn(rows, tokens * PATCH)
    if form == "compiled":
        model = torch.compile(model, dynamic=False)

    @torch.inference_mode()
    def work():
        return model(p, x)[:, -1]

    return work


WORKS = {"step": step_work, "recurrence": recurrence_work, "forecast": forecast_work}


def timed(work, seconds):
    """Milliseconds of calls, for about so long, one at least."""
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end and len(times) < 1000:
        begin = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - begin))
    return times


def serve(environment):
    """A worker: a case, a form and seconds a line on stdin, times a line on stdout."""
    best = environment == "best"
    if best:
        torch.set_num_threads(os.cpu_count())
        torch.set_flush_denormal(True)
    here, works = None, {}
    for line in sys.stdin:
        case, form, seconds = json.loads(line)
        if case != here:
            here, works = case, {}
            torch._dynamo.reset()
        try:
            if best:  # one of ours forecasts on one thread, which is PyTorch's best there, too
                torch.set_num_threads(1 if CASES[case][0] == "forecast" else os.cpu_count())
            if form not in works:
                works[form] = WORKS[CASES[case][0]](case, form, best)
                works[form]()  # warm, and compiled
            answer = {"times": timed(works[form], seconds)}
        except Exception as error:  # torch.compile fails in ways of its own
            answer = {"failed": f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"}
        print(json.dumps(answer), flush=True)


def forecast_from_files(weights, table):
    """What a cold process does, without the other imports of this script's other uses."""
    rows = Path(table).read_text().split()[1:]
    x = torch.tensor([[float(row.rsplit(",", 1)[1]) for row in rows]])
    with torch.inference_mode():
        y = model_call("start", "doubling")(torch.load(weights), x)[0, -1]
    print("\n".join(f"{value:.6g}" for value in y.tolist()))


# ---------------------------------------------------------------------------------- run


class Worker:
    def __init__(self, environment):
        variables = BEST_ENVIRONMENT if environment == "best" else {}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", environment],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | variables,
            text=True,
        )

    def time(self, case, form, options):
        """None if it failed, which is said."""
        self.process.stdin.write(json.dumps([case, form, options.seconds]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "failed" in answer:
            print(f"{case}, {form}: {answer['failed']}", file=sys.stderr)
            return None
        return middle(answer["times"], options)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def middle(times, options):
    return min(times) if options.least else statistics.median(times)


def ours(case, options, guess):
    """A row of bench_steps; `ms` and `floor_ms` are the minima if those are wanted."""
    runs = min(max(int(1e3 * options.seconds / guess), 3), 101)
    command = [options.bench, "--json", "--case", case, "--threads", str(os.cpu_count())]
    command += ["--runs", str(runs)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    if not said:  # skipped, which is said on stderr
        return {}
    row = json.loads(said)
    if options.least:
        row |= {"ms": row["least_ms"], "floor_ms": row["least_floor_ms"]}
    return row


def check_size(case, row):
    kind, full, width, layers, _, _ = CASES[case]
    count = sum(math.prod(shape) for shape in network_shapes(full, width, layers).values())
    if kind != "recurrence" and row["parameters"] != count:
        sys.exit(f"{case}: {row['parameters']} parameters in ours, {count} here")


def time_case(case, workers, options):
    """Over the rounds, under the names of the columns."""
    row = {}
    if options.bench:
        row = ours(case, options, 200)
        if not row:
            return row
        check_size(case, row)
    forms = {form: workers["best"].time(case, form, options) for form in CHUNKED}
    forms = {form: ms for form, ms in forms.items() if ms}
    fastest = min(forms, key=forms.get)
    found = {"ours": [], "floor": [], "best": [], "loop": [], "default": []}
    for _ in range(options.rounds):
        if row:
            row = ours(case, options, row["ms"])
            found["ours"].append(row["ms"])
            found["floor"].append(row["floor_ms"])
        found["best"].append(workers["best"].time(case, fastest, options))
        found["loop"].append(workers["best"].time(case, "loop", options))
        found["default"].append(workers["default"].time(case, "doubling", options))
    found["default loop"] = [workers["default"].time(case, "loop", options)]
    return {name: middle(x, options) for name, x in found.items() if x} | {"form": fastest}


def time_start(options):
    """Whole processes, from nothing to a forecast."""
    found = {"ours": [], "best": []}
    with tempfile.TemporaryDirectory() as folder:
        weights, table = Path(folder, "weights.pt"), Path(folder, "table.csv")
        torch.save({n: x.detach() for n, x in fresh_parameters(False, 512, 1).items()}, weights)
        hours = (f"2024-01-{h // 24 + 1:02d}T{h % 24:02d}:00,{h % 24 + 1}\n" for h in range(224))
        table.write_text("date,load\n" + "".join(hours))
        command = [sys.executable, __file__, "--cold", str(weights), str(table)]
        variables = os.environ | BEST_ENVIRONMENT
        for _ in range(options.rounds + 1):
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=variables)
            found["best"].append(1e3 * (time.perf_counter() - begin))
            if options.bench:
                found["ours"].append(ours("start", options, 20)["ms"])
    # The first one warmed the page cache.
    return {n: middle(x[1:], options) for n, x in found.items() if x} | {"form": "eager"}


def number(row, name, width=9):
    return f"{row[name]:{width}.2f}" if row.get(name) else " " * (width - 1) + "-"


def ratio(row, name):
    if not row.get(name) or not row.get("ours"):
        return "       -"
    return f"{row[name] / row['ours']:7.2f}x"


def print_row(case, row):
    share = f"{100 * row['floor'] / row['ours']:4.0f} %" if row.get("floor") else "     -"
    print(
        f"{case:18s}{number(row, 'floor')}{number(row, 'ours')} {share}"
        f"{number(row, 'best', 10)} {row['form']:9s}{ratio(row, 'best')}"
        f"{number(row, 'loop', 10)}{ratio(row, 'loop')}"
        f"{number(row, 'default', 10)}{ratio(row, 'default')}{number(row, 'default loop', 10)}",
        flush=True,
    )


def compare(options):
    golden_checks()
    print(f"PyTorch {torch.__version__}, {os.cpu_count()} threads; as tests/golden says")
    print(
        f"{'milliseconds':18s}{'floor':>9s}{'ours':>9s}{'share':>7s}{'best':>10s} {'form':9s}"
        f"{'ratio':>8s}{'loop':>10s}{'ratio':>8s}{'default':>10s}{'ratio':>8s}{'def. loop':>10s}"
    )
    workers = {name: Worker(name) for name in ("best", "default")}
    for case in options.case or CASES:
        start = CASES[case][0] == "start"
        row = time_start(options) if start else time_case(case, workers, options)
        if row:
            print_row(case, row)
    for worker in workers.values():
        worker.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", nargs="?", help="build/tests/bench_steps; without it PyTorch alone")
    parser.add_argument("--case", nargs="+", choices=CASES, help="only these")
    parser.add_argument("--rounds", type=int, default=5, help="turns of ours and theirs")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one turn")
    parser.add_argument("--least", action="store_true", help="minima instead of medians")
    parser.add_argument("--serve", choices=("best", "default"), help=argparse.SUPPRESS)
    parser.add_argument("--cold", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    elif options.cold:
        forecast_from_files(*options.cold)
    else:
        compare(options)


if __name__ == "__main__":
    main()
