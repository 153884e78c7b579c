"""Works of the bench in PyTorch, as fast as they get there.

The bench starts this program where PyTorch is installed, writes the numbers of a case to its
standard input and asks for runs:

    "case WORK\n" and the numbers   answered by what the first run gave, which the bench compares
                                    with its own;
    "run THREADS\n"                 answered by the nanoseconds of one run.

It is tuned: nothing is checked while it runs, and of the ways to do a work, eager and scripted, it
times each with the threads that are asked for, and keeps the fastest, which it names on stderr.
"""
import sys
import time

import torch

import peer_torch_additive
import peer_torch_recurrent
import peer_torch_stack
import peer_torch_translation

CASES = {
    "additive_attention_forward": peer_torch_additive.Forward,
    "additive_attention_backward": peer_torch_additive.Backward,
    "additive_scores_forward": peer_torch_additive.Forward,
    "additive_scores_backward": peer_torch_additive.Backward,
    "training_step": peer_torch_stack.Case,
    "gru": peer_torch_recurrent.Gru,
    "lstm": peer_torch_recurrent.Lstm,
    "translation_step_general": peer_torch_translation.Translation,
    "translation_step_additive": peer_torch_translation.Translation,
    "translation_step_feeding": peer_torch_translation.FeedingTranslation,
}


def nanoseconds_of(case, way):
    begin = time.perf_counter_ns()
    case.run(way)
    return time.perf_counter_ns() - begin


N_WARM_UP, N_TIMED = 2, 3


def tune(name, case):
    """The fastest way; all run in turn."""
    times = {way: [] for way in case.ways}
    for _ in range(N_WARM_UP + N_TIMED):
        for way in case.ways:
            times[way].append(nanoseconds_of(case, way))
    best = min(case.ways, key=lambda way: min(times[way][N_WARM_UP:]))
    n_threads = torch.get_num_threads()
    print(f"PyTorch, {name}, threads {n_threads}: the fastest is {best}", file=sys.stderr)
    return best


def main():
    torch.set_flush_denormal(True)
    name, case, tuned = None, None, {}
    print("PyTorch", torch.__version__, flush=True)
    for line in iter(sys.stdin.buffer.readline, b""):
        question, argument = line.decode().split()
        if question == "case":
            name, tuned = argument, {}
            case = CASES[name]()
            torch.set_num_threads(1)
            for number in case.first_run():
                print(f"{number:.9g}", flush=True)
            continue
        n_threads = int(argument)
        torch.set_num_threads(n_threads)
        if n_threads not in tuned:
            tuned[n_threads] = tune(name, case)
        print(nanoseconds_of(case, tuned[n_threads]), flush=True)


if __name__ == "__main__":
    main()
