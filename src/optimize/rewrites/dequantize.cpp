// The float model that a quantised one stands for:
//   DequantizeLinear(integers that are constant)     ==>   the floats that they stand for
//   x -> QuantizeLinear -> DequantizeLinear          ==>   x, cut where the integers end at 0 (Relu) or at 0 and 6 (Clip)
//   x -> QuantizeLinear -> Pad -> DequantizeLinear   ==>   x -> Pad
//   x -> DynamicQuantizeLinear -> MatMulInteger or ConvInteger -> Cast -> Mul by both scales   ==>   x -> MatMul or Conv
//   DynamicQuantizeLSTM (com.microsoft)              ==>   LSTM
// For formats that hold floats only, and for whoever wants to edit or quantise a model anew. Rounded weights stay rounded.
// Not when: integers are computed with in another way (QLinearConv).

#include <cmath>

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "runtime/session.hpp"

namespace upkeep::rewrites {

struct Dequantize {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::Dequantize;

template <>
inline const Settings settings<Dequantize> =
    describe<Dequantize>("dequantize", "floats instead of the integers of QuantizeLinear and DequantizeLinear");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

class Dequantizer {
 public:
  explicit Dequantizer(const Model& model) : model_(model), wiring_(model) {}

  std::size_t run() {
    std::size_t places = 0;
    for (const Wiring::Id id : wiring_.ids())
      if (wiring_.alive(id) && (dequantized(id) || product(id) || lstm(id))) ++places;
    return places;
  }
  Graph finish() const { return wiring_.finish(); }

 private:
  bool dequantized(Wiring::Id id) { return is_op(wiring_.node(id), "DequantizeLinear") && (weight(id) || activation(id) || padding(id)); }

  bool weight(Wiring::Id id) {
    const Node node = wiring_.node(id);
    if (!wiring_.constant(node.inputs[0])) return false;
    Model alone;
    alone.ir_version = model_.ir_version;
    alone.opsets = model_.opsets;
    alone.graph.name = "weight";
    alone.graph.nodes = {node};
    for (const std::string& name : node.inputs)
      if (!name.empty()) alone.graph.initializers.emplace_back(name, *wiring_.constant(name));
    alone.graph.outputs.push_back({node.outputs[0], {}, {}, {}});
    const Tensor floats = Session(alone, {.threads = 1}).run({}).begin()->second;
    return wiring_.bypass(id, wiring_.add_constant(node.outputs[0] + "/floats", floats));
  }

  std::optional<Node> maker(const std::string& value, const char* op) const {
    const auto from = wiring_.producer(value);
    return from && is_op(wiring_.node(*from), op) ? std::optional(wiring_.node(*from)) : std::nullopt;
  }

  bool activation(Wiring::Id id) {
    const auto quantizer = maker(wiring_.node(id).inputs[0], "QuantizeLinear");
    return quantizer && wiring_.bypass(id, cut(*quantizer));
  }

  // What is quantised, cut where the integers end.
  std::string cut(const Node& quantizer) {
    const std::string x = quantizer.inputs[0];
    const float end = upper_end(quantizer);
    if (end < 0 || !may_be_negative(x)) return x;
    if (const auto found = cuts_.find(quantizer.outputs[0]); found != cuts_.end()) return found->second;
    const bool six = std::abs(end - 6) < 1e-3F;
    Node node{
        .op = six ? "Clip" : "Relu", .domain = {}, .name = {}, .inputs = {x}, .outputs = {wiring_.fresh(x + "/cut")}, .attributes = {}};
    if (six) {
      node.inputs.push_back(wiring_.add_constant(x + "/zero", Tensor::scalar(0.0F)));
      node.inputs.push_back(wiring_.add_constant(x + "/six", Tensor::scalar(6.0F)));
    }
    const std::string result = node.outputs[0];
    wiring_.add(std::move(node), {});
    return cuts_[quantizer.outputs[0]] = result;
  }

  // What the largest integer stands for, where the lowest stands for 0; -1 where it does not.
  float upper_end(const Node& quantizer) const {
    const Tensor* zero = wiring_.constant(input(quantizer, 2));
    const Tensor* scale = wiring_.constant(quantizer.inputs[1]);
    if (!zero || !scale || zero->size() != 1) return -1;
    const auto at = zero->cast(DType::kInt64).data<std::int64_t>()[0];
    const bool low = (zero->dtype() == DType::kUInt8 && at == 0) || (zero->dtype() == DType::kInt8 && at == -128);
    return low ? 255 * scale->floats()[0] : -1;
  }

  bool may_be_negative(const std::string& value) const {
    static const std::set<std::string_view> kOps = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "BatchNormalization"};
    const auto from = wiring_.producer(value);
    return from && kOps.contains(wiring_.node(*from).op);
  }

  bool padding(Wiring::Id id) {
    const auto pad = maker(wiring_.node(id).inputs[0], "Pad");
    const auto quantizer = pad ? maker(pad->inputs[0], "QuantizeLinear") : std::nullopt;
    if (!quantizer) return false;
    const std::string x = cut(*quantizer);
    wiring_.change(id, [&](Node& node) {
      node.op = "Pad";
      node.inputs = {x, pad->inputs[1]};
      node.attributes = pad->attributes;
    });
    return true;
  }

  // --- ranges of each batch ---

  // The node that reads a value alone.
  std::optional<Wiring::Id> reader(const std::string& value, const char* op) const {
    const auto id = wiring_.only_reader(value);
    return id && !wiring_.is_output(value) && is_op(wiring_.node(*id), op) ? id : std::nullopt;
  }

  // The constant by which what DynamicQuantizeLinear made of x is scaled: value = scale of x * constant, either way round.
  std::optional<std::string> weight_scale(const std::string& value, const std::string& scale_of_x) const {
    const auto scales = maker(value, "Mul");
    if (!scales) return std::nullopt;
    for (const std::size_t i : {0U, 1U})
      if (scales->inputs[i] == scale_of_x && wiring_.constant(scales->inputs[1 - i])) return scales->inputs[1 - i];
    return std::nullopt;
  }

  bool product(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const bool matrix = is_op(node, "MatMulInteger");
    if ((!matrix && !is_op(node, "ConvInteger")) || !wiring_.constant(node.inputs[1])) return false;
    const auto quantizer = maker(node.inputs[0], "DynamicQuantizeLinear");
    const auto cast = reader(node.outputs[0], "Cast");
    const auto scaled = cast ? reader(wiring_.node(*cast).outputs[0], "Mul") : std::nullopt;
    if (!quantizer || !scaled || input(node, 2) != quantizer->outputs[2]) return false;
    const std::vector<std::string> factors = wiring_.node(*scaled).inputs;
    const auto scale = weight_scale(factors[factors[0] == wiring_.node(*cast).outputs[0] ? 1 : 0], quantizer->outputs[1]);
    if (!scale) return false;
    const Tensor floats = floats_of(*wiring_.constant(node.inputs[1]), wiring_.constant(input(node, 3)), *wiring_.constant(*scale), matrix);
    const std::string weight = wiring_.add_constant(node.inputs[1] + "/floats", floats);
    wiring_.change(*scaled, [&](Node& changed) {
      changed.op = matrix ? "MatMul" : "Conv";
      changed.inputs = {quantizer->inputs[0], weight};
      changed.attributes = node.attributes;
    });
    return true;
  }

  // (W_q - z) s: of a matrix, scales and zero points go along its columns; of a convolution, [M, 1, 1] along its filters.
  static Tensor floats_of(const Tensor& integers, const Tensor* zero, const Tensor& scale, bool matrix) {
    const Tensor values = integers.cast(DType::kInt64), zeros = zero ? zero->cast(DType::kInt64) : Tensor::scalar(std::int64_t{0});
    const auto size = static_cast<std::size_t>(values.size());
    const auto channels = static_cast<std::size_t>(matrix ? integers.dim(integers.rank() - 1) : integers.dim(0));
    std::vector<float> floats(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t channel = matrix ? i % channels : i / (size / channels);
      const std::int64_t z = zeros.data<std::int64_t>()[zeros.size() == 1 ? 0 : channel];
      floats[i] = static_cast<float>(values.data<std::int64_t>()[i] - z) * scale.floats()[scale.size() == 1 ? 0 : channel];
    }
    return Tensor(integers.shape(), std::move(floats));
  }

  // Its weights [directions, inputs, 4 units] are transposed, with scales [directions] or [directions, 4 units].
  bool lstm(Wiring::Id id) {
    const Node node = wiring_.node(id);
    if (node.op != "DynamicQuantizeLSTM" || node.domain != "com.microsoft" || node.inputs.size() != 12) return false;
    for (const std::size_t i : {1U, 2U, 8U, 9U, 10U, 11U})
      if (!wiring_.constant(node.inputs[i])) return false;
    const std::array weights = {recurrent_floats(node, 1, 8), recurrent_floats(node, 2, 10)};
    wiring_.change(id, [&](Node& changed) {
      changed.op = "LSTM";
      changed.domain.clear();
      changed.inputs.resize(8);
      for (const std::size_t i : {1U, 2U}) changed.inputs[i] = wiring_.add_constant(node.inputs[i] + "/floats", weights[i - 1]);
    });
    return true;
  }

  Tensor recurrent_floats(const Node& node, std::size_t weight, std::size_t scale) const {
    const Tensor integers = wiring_.constant(node.inputs[weight])->cast(DType::kInt64);
    const Tensor& scales = *wiring_.constant(node.inputs[scale]);
    const Tensor zeros = wiring_.constant(node.inputs[scale + 1])->cast(DType::kInt64);
    const auto directions = static_cast<std::size_t>(integers.dim(0)), rows = static_cast<std::size_t>(integers.dim(1)),
               columns = static_cast<std::size_t>(integers.dim(2));
    const auto place = [&](const Tensor& of, std::size_t d, std::size_t column) {
      return of.size() == integers.dim(0) ? d : d * columns + column;
    };
    std::vector<float> floats(integers.data<std::int64_t>().size());
    for (std::size_t d = 0; d < directions; ++d)
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) {
          const std::int64_t z = zeros.data<std::int64_t>()[place(zeros, d, j)];
          const auto value = static_cast<float>(integers.data<std::int64_t>()[(d * rows + i) * columns + j] - z);
          floats[(d * columns + j) * rows + i] = value * scales.floats()[place(scales, d, j)];
        }
    return Tensor({integers.dim(0), integers.dim(2), integers.dim(1)}, std::move(floats));
  }

  const Model& model_;
  Wiring wiring_;
  std::map<std::string, std::string> cuts_;  // by the QuantizeLinear's integers
};

std::size_t dequantize_model(Model& model, const Dequantize&, Change&) {
  Dequantizer dequantizer(model);
  const std::size_t places = dequantizer.run();
  if (places > 0) model.graph = dequantizer.finish();
  return places;
}

}  // namespace

void add_dequantize(RewriteCatalog& catalog) { catalog.add(entry<Dequantize>(dequantize_model)); }

}  // namespace upkeep::rewrites
