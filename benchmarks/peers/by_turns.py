"""Times of calls that take turns, so that what slows the machine slows all of them."""

import time

import numpy as np


def microseconds(calls, runs):
    """medians"""
    times = [[] for _ in calls]
    for _ in range(runs):
        for call, kept in zip(calls, times):
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return [1e6 * float(np.median(kept)) for kept in times]
