"""prune_torch.py FOLDER EPOCHS: trains the ResNet-like net of prune_nets.py on FOLDER/train.npz with PyTorch, prunes half its channels with Torch-Pruning by
Taylor scores, in two steps as Upkeep does, trains after each, and writes torch.onnx and torch_half.onnx there. Prints the seconds of both as JSON."""

import copy
import json
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
import torch_pruning as tp
from torch import nn

BATCH = 64


def conv(before, after, kernel=3, strides=1):
    return nn.Sequential(nn.Conv2d(before, after, kernel, strides, kernel // 2, bias=False), nn.BatchNorm2d(after, eps=1e-3))


class Block(nn.Module):
    def __init__(self, before, after, strides):
        super().__init__()
        self.first, self.second = conv(before, after, 3, strides), conv(after, after)
        self.skip = conv(before, after, 1, strides) if strides > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.skip(x))


def resnet():
    return nn.Sequential(conv(1, 32, 3, 2), nn.ReLU(), Block(32, 32, 1), Block(32, 32, 1), Block(32, 64, 2), Block(64, 64, 1),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))  # fmt: skip


def fit(net, x, y, epochs, rate):
    steps = epochs * ((len(x) + BATCH - 1) // BATCH)
    optimizer = torch.optim.Adam(net.parameters(), rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    net.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()


def export(net, file):
    net.eval()
    torch.onnx.export(nn.Sequential(copy.deepcopy(net), nn.Softmax(1)).eval(), torch.zeros(1, 1, 28, 28), str(file), input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}}, opset_version=13)  # fmt: skip


def main():
    folder, epochs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    torch.manual_seed(1)
    torch.set_num_threads(2)
    data = np.load(folder / "train.npz")
    x, y = torch.tensor(data["x"]).permute(0, 3, 1, 2).contiguous(), torch.tensor(data["y"])
    net = resnet()
    start = time.perf_counter()
    fit(net, x, y, epochs, 0.004)
    seconds = {"train": time.perf_counter() - start}
    export(net, folder / "torch.onnx")
    start = time.perf_counter()
    pruner = tp.pruner.MetaPruner(net, torch.zeros(1, 1, 28, 28), importance=tp.importance.TaylorImportance(), pruning_ratio=0.5, iterative_steps=2,
                                  ignored_layers=[net[-1]])  # fmt: skip
    for _ in range(2):
        net.zero_grad()
        for rows in torch.randperm(len(x))[:3200].split(32):
            F.cross_entropy(net(x[rows]), y[rows]).backward()
        pruner.step()
        fit(net, x, y, epochs, 0.004)
    seconds["prune"] = time.perf_counter() - start
    export(net, folder / "torch_half.onnx")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
