// y = (x - mean) / sqrt(variance + epsilon) * scale + bias, by channel. InstanceNormalization takes mean and variance from each picture.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

struct Channels {
  std::int64_t pictures, channels, size;
};

Channels channels_of(const Operand& x) {
  const std::int64_t channels = x.rank() > 1 ? x.shape[1] : 1;
  return {x.shape[0], channels, x.count() / std::max<std::int64_t>(x.shape[0] * channels, 1)};
}

void write_batch_normalization(Operation& operation, Code& code) {
  if (operation.attribute<std::int64_t>("training_mode", 0) != 0) throw not_written("BatchNormalization in training mode");
  const Channels of = channels_of(operation.input(0));
  const std::string epsilon = operation.number(operation.attribute<float>("epsilon", 1e-5F));
  code.loop("n", of.pictures);
  code.loop("c", of.channels);
  code.line(upkeep::format("const {} factor = x1[c] / std::sqrt(x4[c] + {});", operation.type(), epsilon));
  code.line(upkeep::format("const {} offset = x2[c] - x3[c] * factor;", operation.type()));
  code.loop("i", of.size);
  code.line(upkeep::format("y0[(n * {0} + c) * {1} + i] = x0[(n * {0} + c) * {1} + i] * factor + offset;", of.channels, of.size));
  code.close(3);
}

void write_instance_normalization(Operation& operation, Code& code) {
  const Channels of = channels_of(operation.input(0));
  const std::string type = operation.type();
  const std::string size = operation.number(static_cast<double>(of.size));
  code.loop("n", of.pictures);
  code.loop("c", of.channels);
  code.line(upkeep::format("const {}* const in = x0 + (n * {} + c) * {};", type, of.channels, of.size));
  code.line(upkeep::format("{} mean = {}, variance = {};", type, operation.number(0), operation.number(0)));
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) mean += in[i];", of.size));
  code.line(upkeep::format("mean /= {};", size));
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) variance += (in[i] - mean) * (in[i] - mean);", of.size));
  code.line(upkeep::format("const {} factor = x1[c] / std::sqrt(variance / {} + {});", type, size,
                           operation.number(operation.attribute<float>("epsilon", 1e-5F))));
  code.loop("i", of.size);
  code.line(upkeep::format("y0[(n * {} + c) * {} + i] = (in[i] - mean) * factor + x2[c];", of.channels, of.size));
  code.close(3);
}

void write_channel_normalization(Operation& operation, Code& code) {
  return operation.op() == "BatchNormalization" ? write_batch_normalization(operation, code)
                                                : write_instance_normalization(operation, code);
}

}  // namespace

void add_batch_normalization(OperatorCatalog& catalog) {
  catalog.add({.name = "BatchNormalization",
               .aliases = {"InstanceNormalization"},
               .help = "by channel, with known statistics or with the picture's own",
               .write = write_channel_normalization,
               .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
