#include "convert/formats/shared/weights.hpp"

#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep::formats {

namespace {

constexpr std::size_t kNamedInMessage = 5;

bool holds_real_numbers(DType dtype) {
  return dtype != DType::kString && dtype != DType::kBool && dtype != DType::kComplex64 && dtype != DType::kComplex128 &&
         dtype != DType::kUndefined;
}

}  // namespace

Error weights_alone(const std::filesystem::path& file) {
  return Error(ErrorCode::kUnsupported, "the file holds weights only, without the model",
               "give the architecture and take the weights with --weights: upkeep convert net.yaml model.onnx --weights " +
                   file.filename().string());
}

WeightTaker::WeightTaker(const Architecture& architecture) : specs_(weight_specs(architecture)) {
  for (std::size_t i = 0; i < specs_.size(); ++i) places_[specs_[i].name] = i;
}

const NamedWeight& WeightTaker::wanted(std::string_view name) const {
  const auto place = places_.find(name);
  if (place == places_.end()) {
    std::vector<std::string> names;
    for (const NamedWeight& one : specs_) names.push_back(one.name);
    throw unknown_name("weight", name, names);
  }
  if (taken_.contains(name)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight \"{}\" stands twice in the file", name));
  return specs_[place->second];
}

void WeightTaker::expect_shape(std::string_view name, const Shape& shape) const {
  const NamedWeight& weight = wanted(name);
  if (shape != weight.spec.shape)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight \"{}\" has shape {} in the file, the model's is {}", name,
                                                            to_string(shape), to_string(weight.spec.shape)));
}

void WeightTaker::expect_bytes(std::string_view name, std::uint64_t bytes, std::uint64_t header) const {
  const NamedWeight& weight = wanted(name);
  const auto most = static_cast<std::uint64_t>(element_count(weight.spec.shape)) * sizeof(double) + header;
  if (bytes > most)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight \"{}\" has {} bytes in the file; the model's is {} numbers, shape {}",
                                                            name, bytes, element_count(weight.spec.shape), to_string(weight.spec.shape)));
}

void WeightTaker::take(std::string_view name, const Tensor& tensor) {
  expect_shape(name, tensor.shape());
  if (!holds_real_numbers(tensor.dtype()))
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("weight \"{}\" is {} in the file, which is no number", name, to_string(tensor.dtype())));
  taken_.emplace(name, tensor.cast(DType::kFloat32));
}

Weights WeightTaker::finish() const {
  std::vector<std::string> missing;
  Weights weights;
  for (const NamedWeight& one : specs_) {
    const auto found = taken_.find(one.name);
    if (found == taken_.end()) missing.push_back("\"" + one.name + "\"");
    else weights.emplace_back(one.name, found->second);
  }
  if (missing.empty()) return weights;
  const std::size_t count = missing.size();
  missing.resize(std::min(count, kNamedInMessage));
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("the file lacks {} of {} weights: {}{}", count, specs_.size(), join(missing),
                                                          count > kNamedInMessage ? ", ..." : ""));
}

}  // namespace upkeep::formats
