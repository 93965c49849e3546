"""Small nets in the manner of ResNet, DenseNet, MobileNetV2 and EfficientNet for digits of 28 x 28 pixels, as architectures of Upkeep."""


class Net:
    def __init__(self, shape):
        self.layers = [{"input": {"shape": list(shape), "name": "x"}}]
        self.count = {}

    def add(self, kind, *inputs, **settings):
        number = self.count[kind] = self.count.get(kind, 0) + 1
        name = settings.pop("name", f"{kind}_{number}")
        self.layers.append({kind: {"name": name, "inputs": list(inputs), **settings}})
        return name

    def norm(self, x, activation=None):
        x = self.add("batch_normalization", x, momentum=0.9)
        return self.add("activation", x, activation=activation) if activation else x

    def conv(self, x, filters, kernel=3, strides=1, activation=None):
        x = self.add("conv2d", x, filters=filters, kernel_size=kernel, strides=strides, padding="same", use_bias=False)
        return self.norm(x, activation)

    def depthwise(self, x, strides, activation):
        x = self.add("depthwise_conv2d", x, kernel_size=3, strides=strides, padding="same", use_bias=False)
        return self.norm(x, activation)

    def classes(self, x):
        self.add("dense", self.add("global_average_pooling2d", x), units=10, activation="softmax", name="classes")
        return {"layers": self.layers}


def resnet():
    net = Net((28, 28, 1))
    x = net.conv("x", 32, 3, 2, "relu")
    for filters, strides in ((32, 1), (32, 1), (64, 2), (64, 1)):
        y = net.conv(net.conv(x, filters, 3, strides, "relu"), filters)
        if strides > 1:
            x = net.conv(x, filters, 1, strides)
        x = net.add("activation", net.add("add", y, x), activation="relu")
    return net.classes(x)


def densenet():
    net = Net((28, 28, 1))
    x = net.conv("x", 32, 3, 2)
    for block in range(2):
        for _ in range(4):
            y = net.norm(x, "relu")
            y = net.norm(net.add("conv2d", y, filters=64, kernel_size=1, use_bias=False), "relu")
            x = net.add("concatenate", x, net.add("conv2d", y, filters=16, kernel_size=3, padding="same", use_bias=False))
        x = net.norm(x, "relu")
        if block == 0:
            x = net.add("average_pooling2d", net.add("conv2d", x, filters=48, kernel_size=1, use_bias=False), pool_size=2)
    return net.classes(x)


def inverted_residual(net, x, before, filters, strides, activation, gated):
    wide = 4 * before
    y = net.depthwise(net.conv(x, wide, 1, 1, activation), strides, activation)
    if gated:  # squeeze and excite
        gate = net.add("global_average_pooling2d", y, keepdims=True)
        gate = net.add("conv2d", gate, filters=max(8, before // 4), kernel_size=1, activation="silu")
        y = net.add("multiply", y, net.add("conv2d", gate, filters=wide, kernel_size=1, activation="sigmoid"))
    y = net.conv(y, filters, 1)
    return net.add("add", y, x) if strides == 1 and before == filters else y


def mobile(activation, gated, width):
    net = Net((28, 28, 1))
    x, before = net.conv("x", 2 * width, 3, 2, activation), 2 * width
    for times, strides in ((2, 1), (3, 2), (3, 1), (4, 1), (4, 1)):
        x, before = inverted_residual(net, x, before, times * width, strides, activation, gated), times * width
    return net.classes(net.conv(x, 12 * width, 1, 1, activation))


NETS = {"resnet": resnet, "densenet": densenet, "mobilenet": lambda: mobile("relu6", False, 16), "efficientnet": lambda: mobile("silu", True, 24)}
