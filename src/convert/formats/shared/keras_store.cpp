#include "convert/formats/shared/keras_store.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/format.hpp"

namespace upkeep::formats {

namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxGroups = 1'000'000;
constexpr std::string_view kOptimizer = "optimizer";

NamedTensors& group_of(KerasFile& file, const std::string& place) {
  if (place == kOptimizer) return file.optimizer;
  const auto found = std::ranges::find(file.weights, place, [](const auto& group) { return group.first; });
  if (found != file.weights.end()) return found->second;
  file.weights.emplace_back(place, NamedTensors{});
  return file.weights.back().second;
}

std::size_t number_of(const std::string& name) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size())
    throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" is no variable's number", name));
  return number;
}

// The datasets of a group "vars", in the order of their numbers.
void read_variables(const hdf5::Group& vars, const std::string& place, KerasFile& file) {
  std::vector<std::string> names = vars.names();
  if (std::erase(names, kTokenWeights) > 0) group_of(file, place).emplace_back(kTokenWeights, vars.tensor(kTokenWeights));
  if (names.empty()) return;
  if (names.size() == 1) number_of(names.front());  // sorting asks the others
  std::ranges::sort(names, {}, number_of);
  NamedTensors& tensors = group_of(file, place);
  for (const std::string& name : names) {
    if (std::ranges::contains(tensors, name, [](const auto& tensor) { return tensor.first; }))
      throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}/vars/{}\" stands in two files", place, name));
    tensors.emplace_back(name, vars.tensor(name));
  }
}

class PlaceReader {
 public:
  explicit PlaceReader(KerasFile& file) : file_(file) {}

  void read(const hdf5::Group& group, const std::string& place, std::size_t depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorCode::kResourceExhausted, upkeep::format("groups are nested deeper than {}", kMaxDepth)).in(place);
    if (!seen_.insert(group.identity()).second)
      throw Error(ErrorCode::kCorrupt, upkeep::format("group \"{}\" stands in two places", place));
    if (seen_.size() > kMaxGroups) throw Error(ErrorCode::kResourceExhausted, upkeep::format("more than {} groups", kMaxGroups));
    for (const std::string& name : group.names()) {
      const std::string inner = place.empty() ? name : place + "/" + name;
      if (!group.is_group(name)) throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" is no group", inner));
      if (name == "vars") read_variables(group.group(name), place, file_);
      else read(group.group(name), inner, depth + 1);
    }
  }

 private:
  KerasFile& file_;
  std::set<std::string> seen_;  // the identities of groups: a link to one above would have no end, and many links make many ways
};

void write_group(hdf5::Writer& writer, const std::string& place, const NamedTensors& tensors) {
  const std::string vars = place + "/vars";
  writer.group(vars);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    writer.tensor(vars + "/" + (tensors[i].first == kTokenWeights ? kTokenWeights : std::to_string(i)), tensors[i].second);
}

}  // namespace

void read_places(const hdf5::Group& root, KerasFile& file) {
  file.names = WeightNames::kPlaces;
  PlaceReader(file).read(root, "", 0);
}

std::string write_places(const KerasFile& file) {
  hdf5::Writer writer;
  for (const auto& [place, tensors] : file.weights) write_group(writer, place, tensors);
  if (!file.optimizer.empty()) write_group(writer, std::string(kOptimizer), file.optimizer);
  return writer.finish();
}

}  // namespace upkeep::formats
