"""The networks of benchmarks/networks in PyTorch, by the usual loop. Speaks as benchmarks/train.cpp does: N steps -> seconds of a step, peak MB."""

import resource
import sys
import time

import torch
from torch import nn


class LastOfLstm(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.cells = nn.LSTM(inputs, units, batch_first=True)

    def forward(self, x):
        return self.cells(x)[0][:, -1]


def separable(inputs, filters, strides):
    return (nn.Conv2d(inputs, inputs, 3, stride=strides, padding=1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU6(),
            nn.Conv2d(inputs, filters, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU6())


NETWORKS = {
    "mlp": (32, 0, (10,), [nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 1)]),
    "convolution": (64, 10, (1, 28, 28), [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                                          nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)]),
    "mobile": (32, 10, (3, 32, 32), [nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU6(), *separable(32, 64, 1),
                                     *separable(64, 128, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)]),
    "lstm": (64, 10, (50, 32), [LastOfLstm(32, 128), nn.Linear(128, 10)]),
}

name, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
batch, classes, shape, network = NETWORKS[name]
model = nn.Sequential(*network)
optimizer = torch.optim.Adam(model.parameters())
loss = nn.CrossEntropyLoss() if classes else nn.MSELoss()
for line in sys.stdin:
    rows = int(line) * batch
    x = torch.rand(rows, *shape)
    y = torch.randint(0, classes, (rows,)) if classes else torch.rand(rows, 1)
    start = time.perf_counter()
    order = torch.randperm(rows)
    for i in range(0, rows, batch):
        chosen = order[i:i + batch]
        optimizer.zero_grad()
        loss(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
    print((time.perf_counter() - start) / int(line), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
