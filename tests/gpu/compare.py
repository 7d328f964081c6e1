"""Times the networks of a file of ours ("resnet50 train 256 tf32 12.3 ms") in PyTorch on the same GPU, eager and
compiled (not with PORTAFILTER_COMPILED=0: a network takes a minute to compile), channels last, benchmark mode, the same
precision, data already on the GPU; prints the ratios."""

import os
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class LeNet(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)
        self.shortcut = nn.Sequential()
        if before != after or stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    before = 16
    for after in (16, 32, 64):
        for i in range(3):
            layers.append(Block(before, after, 2 if i == 0 and after > 16 else 1))
            before = after
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def network(name):
    if name == "lenet":
        return LeNet(), (1, 28, 28), 10
    if name == "resnet20":
        return resnet20(), (3, 32, 32), 10
    import torchvision
    return getattr(torchvision.models, name)(), (3, 224, 224), 1000


def work(name, training, batch, precision, compiled):
    net, image, classes = network(name)
    net = net.cuda().to(memory_format=torch.channels_last).train(training)
    x = torch.randn(batch, *image, device="cuda").to(memory_format=torch.channels_last)
    labels = torch.randint(classes, (batch,), device="cuda")
    inner = torch.compile(net, mode="reduce-overhead") if compiled else net

    def run(x):
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            return inner(x)
    if not training:
        def infer():
            with torch.inference_mode():
                return run(x)
        return infer
    descent = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, foreach=True)

    def step():
        descent.zero_grad(set_to_none=True)
        F.cross_entropy(run(x).float(), labels).backward()
        descent.step()
    return step


def milliseconds(call, seconds=1.5):
    for _ in range(12):
        call()
    torch.cuda.synchronize()
    times, begun = [], time.perf_counter()
    while len(times) < 10 or time.perf_counter() - begun < seconds:
        before = time.perf_counter()
        for _ in range(5):
            call()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - before) / 5)
    return 1e3 * statistics.median(times)


def main():
    torch.backends.cudnn.benchmark = True
    print(f"torch {torch.__version__}, cudnn {torch.backends.cudnn.version()}, {torch.cuda.get_device_name()}")
    print(f"{'':34} {'ours':>9} {'eager':>9} {'compiled':>9}  ms; times faster than eager, compiled")
    for line in open(sys.argv[1]):
        words = line.split()
        if len(words) != 6 or words[5] != "ms":
            continue
        name, what, batch, precision, ours = words[0], words[1], int(words[2]), words[3], float(words[4])
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "float32"
        row = []
        for compiled in (False, True):
            try:
                if compiled and os.environ.get("PORTAFILTER_COMPILED") == "0":
                    raise RuntimeError("not asked for")
                row.append(milliseconds(work(name, what == "train", batch, precision, compiled)))
            except Exception as failure:
                print(f"{name}: {'compiled' if compiled else 'eager'}: {str(failure)[:200]}")
                row.append(float("nan"))
            torch._dynamo.reset()
            torch.cuda.empty_cache()
        print(f"{' '.join(words[:4]):34} {ours:9.3f} {row[0]:9.3f} {row[1]:9.3f}  {row[0] / ours:.2f} {row[1] / ours:.2f}",
              flush=True)


main()
