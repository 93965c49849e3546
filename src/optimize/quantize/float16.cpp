// Weights and arithmetic in float16 (the rewrite of that name), but for layers that lose too much of it: those go back to float32 one after
// the other, the one with the largest error first, until the result is accepted.

#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/plan.hpp"
#include "optimize/quantize/shared/stored.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::quantization {

struct MixedFloat16 {
  std::string io = "float32";
};

}  // namespace upkeep::quantization

namespace upkeep {

using quantization::MixedFloat16;

template <>
inline const Settings settings<MixedFloat16> =
    describe<MixedFloat16>("float16", "weights and arithmetic in float16, but for layers that lose too much; needs no rows",
                           field("io", &MixedFloat16::io, "type of the model's inputs and outputs", one_of({"float32", "float16"})));

}  // namespace upkeep

namespace upkeep::quantization {

namespace {

class HalfQuantizer : public Quantizer {
 public:
  HalfQuantizer(const Work& work, MixedFloat16 options) : options_(std::move(options)), keep_(work.context.keep_float), model_(work.model) {
    int number = 0;  // the rewrite knows nodes by their names
    for (Node& node : model_.graph.nodes)
      if (node.name.empty()) node.name = layer_name(node) + "/node_" + std::to_string(number++);
    wiring_ = std::make_unique<Wiring>(model_);
  }

  std::vector<QuantizedLayer> layers() const override {
    std::vector<QuantizedLayer> all;
    for (const StoredWeight& weight : stored_weights(*wiring_, 0)) {
      const Node& node = wiring_->node(weight.reader);
      all.push_back({layer_name(node), node.op, weight.name, "float16", is_meant(node, keep_) ? "asked for" : ""});
    }
    return all;
  }

  Graph written(const std::set<std::string>& layers) const override {
    Json keep = Json::array();
    for (const QuantizedLayer& layer : this->layers())
      if (!layers.contains(layer.name)) keep.push_back(layer.name);
    Model made = model_;
    rewrite(made, {"float16", {{"io", options_.io}, {"keep", keep}}});
    return made.graph;
  }

 private:
  const MixedFloat16 options_;
  std::vector<std::string> keep_;
  Model model_;
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace

void add_float16(MethodCatalog& catalog) {
  const Settings& about = settings<MixedFloat16>;
  catalog.add({.name = about.name(),
               .help = about.help(),
               .settings = about,
               .opset = [](const Json&) { return 13; },
               .prepare = [](const Work& work, const Json& values) -> std::unique_ptr<Quantizer> {
                 return std::make_unique<HalfQuantizer>(work, parse<MixedFloat16>(values));
               }});
}

}  // namespace upkeep::quantization
