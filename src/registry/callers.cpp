#include "registry/callers.hpp"

#include "base/format.hpp"
#include "base/names.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

namespace {

using OpenDims = std::optional<std::vector<std::int64_t>>;

std::string text_of(const OpenDims& dims) {
  if (!dims) return "any rank";
  std::vector<std::string> sizes;
  for (const std::int64_t size : *dims) sizes.push_back(size < 0 ? "any" : std::to_string(size));
  return "[" + join(sizes) + "]";
}

// Every shape that `narrow` allows, `wide` allows as well.
bool allows(const OpenDims& wide, const OpenDims& narrow) {
  if (!wide) return true;
  if (!narrow || wide->size() != narrow->size()) return false;
  for (std::size_t axis = 0; axis < wide->size(); ++axis)
    if ((*wide)[axis] >= 0 && (*wide)[axis] != (*narrow)[axis]) return false;
  return true;
}

std::vector<std::string> columns_of(const InputSignature& input) {
  std::vector<std::string> columns;
  for (const Feature& feature : input.features) columns.push_back(feature.column);
  return columns;
}

void compare(const InputSignature& before, const InputSignature& after, std::vector<std::string>& broken) {
  const std::string where = upkeep::format("input \"{}\"", before.name);
  if (before.dtype != after.dtype)
    broken.push_back(upkeep::format("{} was {} and is {}", where, to_string(before.dtype), to_string(after.dtype)));
  if (!allows(after.dims, before.dims))
    broken.push_back(upkeep::format("{} took shape {} and takes {}", where, text_of(before.dims), text_of(after.dims)));
  if (!before.features.empty() && !after.features.empty() && columns_of(before) != columns_of(after))
    broken.push_back(upkeep::format("{} was fed from {} and is from {}: the same numbers mean something else", where,
                                    join(columns_of(before)), join(columns_of(after))));
  for (std::size_t i = 0; i < std::min(before.features.size(), after.features.size()); ++i)
    if (before.features[i].column == after.features[i].column && before.features[i].may_be_missing && !after.features[i].may_be_missing)
      broken.push_back(upkeep::format("{}: \"{}\" may not be missing any more", where, before.features[i].column));
}

void compare(const OutputSignature& before, const OutputSignature& after, std::vector<std::string>& broken) {
  const std::string where = upkeep::format("output \"{}\"", before.name);
  if (before.dtype != after.dtype)
    broken.push_back(upkeep::format("{} was {} and is {}", where, to_string(before.dtype), to_string(after.dtype)));
  if (!allows(before.dims, after.dims))
    broken.push_back(upkeep::format("{} had shape {} and has {}", where, text_of(before.dims), text_of(after.dims)));
  if (before.answer != after.answer)
    broken.push_back(upkeep::format("{} was a {} answer and is a {} answer", where, to_string(before.answer), to_string(after.answer)));
  if (!before.classes.empty() && !after.classes.empty() && before.classes != after.classes)
    broken.push_back(upkeep::format("{} was over the classes {} and is over {}", where, join(before.classes), join(after.classes)));
}

}  // namespace

std::vector<std::string> broken_callers(const Signature& before, const Signature& after) {
  std::vector<std::string> broken;
  for (const InputSignature& input : before.inputs)
    if (const InputSignature* now = after.input(input.name)) compare(input, *now, broken);
    else broken.push_back(upkeep::format("input \"{}\" is gone", input.name));
  for (const InputSignature& input : after.inputs)
    if (!before.input(input.name)) broken.push_back(upkeep::format("input \"{}\" is new, and nobody sends it", input.name));
  for (const OutputSignature& output : before.outputs)
    if (const OutputSignature* now = after.output(output.name)) compare(output, *now, broken);
    else broken.push_back(upkeep::format("output \"{}\" is gone", output.name));
  return broken;
}

}  // namespace upkeep
