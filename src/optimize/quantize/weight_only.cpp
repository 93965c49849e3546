// Weight-only quantisation: weights are kept with few bits, and everything is computed in floats. For models that are too large rather than
// too slow, and for those whose activations cannot be quantised.
//
//   int8            one scale for each output channel:  DequantizeLinear(axis)
//   int4, uint4     one scale for each block of a channel's weights:  DequantizeLinear(axis, block_size), operator set 21, which ONNX
//   Runtime
//                   turns into MatMulNBits; or MatMulNBits itself (com.microsoft), which needs no new operator set
//   float16, bfloat16   Cast, which ONNX Runtime works out when it loads the model
//
// The scale of a block is that with the smallest squared error of several below the one that cuts nothing off.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/integers.hpp"
#include "optimize/quantize/shared/rounding.hpp"
#include "optimize/quantize/shared/stored.hpp"

namespace upkeep::quantization {

struct WeightOnly {
  std::string type = "int8";
  std::int64_t block = 32;
  std::string form = "standard";
  std::int64_t smallest = 256;
  std::string rounding = "auto";
};

}  // namespace upkeep::quantization

namespace upkeep {

using quantization::WeightOnly;

template <>
inline const Settings settings<WeightOnly> = describe<WeightOnly>(
    "weight-only", "weights with few bits, computed with in floats; needs no rows",
    field("type", &WeightOnly::type, "what the weights are kept as", one_of({"int8", "int4", "uint4", "float16", "bfloat16"})),
    field("block", &WeightOnly::block, "weights of a channel that share a scale, for 4 bits: a power of two", range(16, 256)),
    field("form", &WeightOnly::form, "matmul-nbits: dense layers by ONNX Runtime's own operator, for 4 bits",
          one_of({"standard", "matmul-nbits"})),
    field("smallest", &WeightOnly::smallest, "elements that a weight has at least", range(0, 1e12)),
    field("rounding", &WeightOnly::rounding,
          "nearest; adaptive: up or down by what the sums of the layer become on rows (--data); auto: adaptive where there are rows and a "
          "weight has 4 bits",
          one_of({"auto", "nearest", "adaptive"})));

}  // namespace upkeep

namespace upkeep::quantization {

namespace {

constexpr int kScales = 12;  // that are tried for a block

// A matrix [channels, width] in blocks along its rows.
struct Blocks {
  std::vector<std::int64_t> integers;     // [channels, width]
  std::vector<float> scales;              // [channels, blocks of a row]
  std::vector<std::int64_t> zero_points;  // as many
  std::int64_t channels = 0, width = 0, per_row = 0;
};

double error_of(std::span<const float> values, const Parameters& parameters, IntegerRange range) {
  double sum = 0;
  for (const float value : values) {
    const auto back = static_cast<float>(quantized(value, parameters, range) - parameters.zero_point) * parameters.scale;
    sum += static_cast<double>((value - back) * (value - back));
  }
  return sum;
}

Parameters best_parameters(std::span<const float> values, DType dtype) {
  const auto [low, high] = std::ranges::minmax(values);
  Parameters best;
  double least = -1;
  for (int i = 0; i < kScales; ++i) {
    const double part = 1 - 0.03 * i;
    const Parameters tried =
        parameters_for(part * static_cast<double>(low), part * static_cast<double>(high), dtype, dtype == DType::kInt4);
    const double error = error_of(values, tried, range_of(dtype));
    if (least < 0 || error < least) best = tried, least = error;
  }
  return best;
}

Blocks in_blocks(const Tensor& matrix, std::int64_t block, DType dtype) {
  Blocks made{.channels = matrix.dim(0), .width = matrix.dim(1)};
  made.per_row = (made.width + block - 1) / block;
  for (std::int64_t channel = 0; channel < made.channels; ++channel)
    for (std::int64_t begin = 0; begin < made.width; begin += block) {
      const auto values = matrix.floats().subspan(static_cast<std::size_t>(channel * made.width + begin),
                                                  static_cast<std::size_t>(std::min(block, made.width - begin)));
      const Parameters parameters = best_parameters(values, dtype);
      for (const float value : values) made.integers.push_back(quantized(value, parameters, range_of(dtype)));
      made.scales.push_back(parameters.scale);
      made.zero_points.push_back(parameters.zero_point);
    }
  return made;
}

template <typename T>
std::vector<T> transposed(const std::vector<T>& values, std::int64_t rows, std::int64_t columns) {
  std::vector<T> made(values.size());
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      made[static_cast<std::size_t>(j * rows + i)] = values[static_cast<std::size_t>(i * columns + j)];
  return made;
}

Node node_of(std::string op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {}) {
  return {.op = std::move(op), .domain = {}, .name = {}, .inputs = std::move(inputs), .outputs = {}, .attributes = std::move(attributes)};
}

class WeightWriter {
 public:
  // `products`: of what the layer reads, where its weight is rounded by them.
  WeightWriter(Wiring& wiring, const StoredWeight& weight, const WeightOnly& options, const InputProducts* products)
      : wiring_(wiring), weight_(weight), options_(options), products_(products) {}

  void write() {
    const bool table = is_op(wiring_.node(weight_.reader), "Gather");
    if (options_.type.ends_with("float16")) cast();
    else if (table) write_table();
    else if (options_.type == "int8" || !weight_.axis) write_channels();
    else if (options_.form == "matmul-nbits" && is_product()) write_product();
    else write_blocks();
  }

 private:
  bool is_product() const {
    const Node& reader = wiring_.node(weight_.reader);
    return is_op(reader, "MatMul") || (is_op(reader, "Gemm") && reader.get<std::int64_t>("transA", 0) == 0);
  }

  std::string constant(const char* what, Tensor tensor) { return wiring_.add_constant(weight_.name + what, std::move(tensor)); }

  void cast() {
    const DType dtype = dtype_from_string(options_.type);
    const std::string narrow = constant("/narrow", weight_.tensor.cast(dtype));
    read_instead(
        wiring_, weight_,
        append(wiring_, node_of("Cast", {narrow}, {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}}), weight_.name + "/wide"));
  }

  void write_channels() {
    QuantizedWeight made = quantize_weight(weight_.tensor, {.axis = weight_.axis});
    if (products_ && weight_.axis) round_by_products(made, weight_.tensor, *weight_.axis, range_of(DType::kInt8), *products_);
    const std::string values = constant("/quantized", made.values);
    const std::string scale =
        constant("/scale", weight_.axis ? Tensor({std::ssize(made.scales)}, made.scales) : Tensor::scalar(made.scales[0]));
    std::vector<Attribute> attributes;
    if (weight_.axis) attributes.push_back({"axis", static_cast<std::int64_t>(*weight_.axis), {}});
    read_instead(wiring_, weight_,
                 append(wiring_, node_of("DequantizeLinear", {values, scale}, attributes), weight_.name + "/dequantized"));
  }

  // The rows that are asked for are read as integers: a whole table is never made floats.
  void write_table() {
    const Tensor matrix = by_channels(weight_);
    const QuantizedWeight made = quantize_weight(matrix, {.axis = 0});
    Shape scale_shape(weight_.tensor.rank(), 1);
    scale_shape[0] = weight_.tensor.dim(0);
    const std::string values = constant("/quantized", made.values.reshaped(weight_.tensor.shape()));
    const std::string scale = constant("/scale", Tensor(scale_shape, made.scales));
    const Node gather = wiring_.node(weight_.reader);
    const std::string rows = append(wiring_, node_of("Gather", {values, gather.inputs[1]}), gather.outputs[0] + "/integers");
    const std::string wide =
        append(wiring_, node_of("Cast", {rows}, {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}}), gather.outputs[0] + "/wide");
    const std::string scales = append(wiring_, node_of("Gather", {scale, gather.inputs[1]}), gather.outputs[0] + "/scale");
    wiring_.change(weight_.reader, [&](Node& node) {
      node.op = "Mul";
      node.inputs = {wide, scales};
      node.attributes.clear();
    });
  }

  Blocks rounded_blocks(DType dtype) const {
    const Tensor matrix = by_channels(weight_);
    Blocks blocks = in_blocks(matrix, options_.block, dtype);
    if (!products_) return blocks;
    const auto parameters = [&](std::int64_t channel, std::int64_t place) {
      const auto at = static_cast<std::size_t>(channel * blocks.per_row + place / options_.block);
      return Parameters{blocks.scales[at], blocks.zero_points[at]};
    };
    round_by_products({.channels = blocks.channels,
                       .width = blocks.width,
                       .weights = matrix.floats(),
                       .integers = blocks.integers,
                       .parameters = parameters,
                       .range = range_of(dtype)},
                      *products_);
    return blocks;
  }

  // Blocks lie along the axis that is summed over: the rows of [inputs, units], the columns of [units, inputs] and of convolutions, whose
  // weight is a matrix until it is read.
  void write_blocks() {
    const DType dtype = dtype_from_string(options_.type);
    const Blocks blocks = rounded_blocks(dtype);
    const bool rows = weight_.tensor.rank() == 2 && weight_.axis == 1;
    const auto integers = rows ? transposed(blocks.integers, blocks.channels, blocks.width) : blocks.integers;
    const auto scales = rows ? transposed(blocks.scales, blocks.channels, blocks.per_row) : blocks.scales;
    const auto zeros = rows ? transposed(blocks.zero_points, blocks.channels, blocks.per_row) : blocks.zero_points;
    const Shape shape = rows ? Shape{blocks.width, blocks.channels} : Shape{blocks.channels, blocks.width};
    const Shape scale_shape = rows ? Shape{blocks.per_row, blocks.channels} : Shape{blocks.channels, blocks.per_row};
    std::vector<std::string> inputs{constant("/quantized", integer_tensor(dtype, shape, integers)),
                                    constant("/scale", Tensor(scale_shape, scales))};
    if (dtype == DType::kUInt4) inputs.push_back(constant("/zero_point", integer_tensor(dtype, scale_shape, zeros)));
    std::string value =
        append(wiring_, node_of("DequantizeLinear", inputs, {{"axis", std::int64_t{rows ? 0 : 1}, {}}, {"block_size", options_.block, {}}}),
               weight_.name + "/dequantized");
    if (weight_.tensor.rank() != 2) value = in_its_shape(value);
    read_instead(wiring_, weight_, value);
  }

  // From [channels, rest] to the weight's own shape and order of axes.
  std::string in_its_shape(const std::string& matrix) {
    const std::size_t axis = *weight_.axis;
    Shape turned = weight_.tensor.shape();
    turned.erase(turned.begin() + static_cast<std::ptrdiff_t>(axis));
    turned.insert(turned.begin(), weight_.tensor.dim(axis));
    const std::string shape = constant("/shape", int64s(std::vector<std::int64_t>(turned.begin(), turned.end())));
    const std::string whole = append(wiring_, node_of("Reshape", {matrix, shape}), weight_.name + "/whole");
    if (axis == 0) return whole;
    std::vector<std::int64_t> order;
    for (std::size_t i = 0; i < turned.size(); ++i)
      order.push_back(i < axis ? static_cast<std::int64_t>(i) + 1 : i == axis ? 0 : static_cast<std::int64_t>(i));
    return append(wiring_, node_of("Transpose", {whole}, {{"perm", order, {}}}), weight_.name + "/turned");
  }

  // MatMulNBits: bytes [units, blocks, block / 2], the first of two weights in the low half; scales [units * blocks]; zero points packed
  // the same way by unit (8 where they are left out).
  void write_product() {
    const Blocks blocks = rounded_blocks(DType::kUInt4);
    const std::int64_t bytes_each = options_.block / 2;
    std::vector<std::uint8_t> packed(static_cast<std::size_t>(blocks.channels * blocks.per_row * bytes_each), 0);
    for (std::int64_t unit = 0; unit < blocks.channels; ++unit)
      for (std::int64_t i = 0; i < blocks.width; ++i) {
        const auto at = static_cast<std::size_t>((unit * blocks.per_row + i / options_.block) * bytes_each + i % options_.block / 2);
        packed[at] |= static_cast<std::uint8_t>(blocks.integers[static_cast<std::size_t>(unit * blocks.width + i)] << (i % 2 == 0 ? 0 : 4));
      }
    const std::int64_t zero_bytes = (blocks.per_row + 1) / 2;
    std::vector<std::uint8_t> zeros(static_cast<std::size_t>(blocks.channels * zero_bytes), 0);
    for (std::int64_t unit = 0; unit < blocks.channels; ++unit)
      for (std::int64_t b = 0; b < blocks.per_row; ++b)
        zeros[static_cast<std::size_t>(unit * zero_bytes + b / 2)] |=
            static_cast<std::uint8_t>(blocks.zero_points[static_cast<std::size_t>(unit * blocks.per_row + b)] << (b % 2 == 0 ? 0 : 4));
    put_product(blocks, Tensor({blocks.channels, blocks.per_row, bytes_each}, std::move(packed)),
                Tensor({blocks.channels * zero_bytes}, std::move(zeros)));
  }

  void put_product(const Blocks& blocks, Tensor packed, Tensor zeros) {
    const std::string values = constant("/quantized", std::move(packed));
    const std::string scale = constant("/scale", Tensor({std::ssize(blocks.scales)}, blocks.scales));
    const std::string zero = constant("/zero_point", std::move(zeros));
    const std::string bias = input(wiring_.node(weight_.reader), 2);
    const std::string output = wiring_.node(weight_.reader).outputs[0];
    wiring_.change(weight_.reader, [&](Node& node) {
      node.op = "MatMulNBits";
      node.domain = "com.microsoft";
      node.inputs = {node.inputs[0], values, scale, zero};
      node.attributes = {
          {"K", blocks.width, {}}, {"N", blocks.channels, {}}, {"bits", std::int64_t{4}, {}}, {"block_size", options_.block, {}}};
      if (!bias.empty()) node.outputs = {wiring_.fresh(output + "/product")};
    });
    if (!bias.empty()) {
      Node add = node_of("Add", {wiring_.node(weight_.reader).outputs[0], bias});
      add.name = output + "/bias";
      add.outputs = {output};
      wiring_.add(std::move(add), {});
    }
  }

  Wiring& wiring_;
  const StoredWeight& weight_;
  const WeightOnly& options_;
  const InputProducts* products_;
};

std::int64_t opset_for(const WeightOnly& options) {
  if (options.type.ends_with("int4") && options.form == "standard") return 21;
  return options.type == "bfloat16" ? 13 : options.type == "int8" ? 13 : 9;
}

std::map<std::string, InputProducts> products_for(const Work& work, const WeightOnly& options) {
  const bool rows = row_count(work.context.rows) > 0;
  const bool narrow =
      options.type.ends_with("int4") || std::ranges::any_of(work.context.layers, [](const LayerBits& one) { return one.weight_bits == 4; });
  if (options.rounding == "nearest" || (options.rounding == "auto" && !(rows && narrow))) return {};
  if (!rows) throw Error(ErrorCode::kInvalidArgument, "rounding=adaptive needs rows", "give --data");
  const Wiring wiring(work.model);
  return input_products(work.model, wiring, wiring.ids(), work.context.rows, work.context.threads);
}

void expect_four_or_eight(const LayerBits& layer) {
  if (layer.weight_bits != 4 && layer.weight_bits != 8)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight-only has no weights of {} bits", layer.weight_bits), "it has 4 and 8");
}

// What a layer has: the method's settings, or the bits that are asked for it.
WeightOnly options_for(WeightOnly options, const std::vector<LayerBits>& layers, const Node& reader) {
  for (const LayerBits& one : layers) {
    if (!is_meant(reader, {one.pattern})) continue;
    const bool four = one.weight_bits == 4;
    if (four && !options.type.ends_with("int4")) options.type = "int4";
    if (!four) options.type = "int8";
  }
  return options;
}

}  // namespace

void add_weight_only(MethodCatalog& catalog) {
  const Settings& about = settings<WeightOnly>;
  catalog.add({.name = about.name(),
               .help = about.help(),
               .settings = about,
               .by_layer = {"weight_bits"},
               .opset = [](const Json& values) { return opset_for(parse<WeightOnly>(values)); },
               .prepare = [](const Work& work, const Json& values) -> std::unique_ptr<Quantizer> {
                 const WeightOnly options = parse<WeightOnly>(values);
                 if ((options.block & (options.block - 1)) != 0)
                   throw Error(ErrorCode::kInvalidArgument, "block " + std::to_string(options.block) + " is no power of two",
                               "16, 32, 64, 128 or 256");
                 const auto for_layer = [options, layers = work.context.layers](const Node& reader) {
                   return options_for(options, layers, reader);
                 };
                 for (const LayerBits& one : work.context.layers) expect_four_or_eight(one);
                 StoredQuantizer::How how{
                     .type =
                         [for_layer](const Node& reader) {
                           const WeightOnly how_it_is = for_layer(reader);  // rows of a table are read by themselves, with 8 bits
                           return is_op(reader, "Gather") && how_it_is.type.ends_with("int4") ? "int8" : how_it_is.type;
                         },
                     .smallest = options.smallest,
                     .store =
                         [for_layer, products = products_for(work, options)](Wiring& wiring, const StoredWeight& weight) {
                           const WeightOnly how_it_is = for_layer(wiring.node(weight.reader));
                           const auto found = products.find(weight.name);
                           WeightWriter(wiring, weight, how_it_is, found == products.end() ? nullptr : &found->second).write();
                         }};
                 if (options.form == "matmul-nbits") how.other_opsets = {{"com.microsoft", 1}};
                 return std::make_unique<StoredQuantizer>(work, std::move(how));
               }});
}

}  // namespace upkeep::quantization
