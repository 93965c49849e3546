#include "explain/features.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/patterns.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"

namespace upkeep::explain {

namespace {

constexpr std::int64_t kMostSquares = 64;

ExplainedFeature element_feature(const InputSignature& input, std::string name, std::vector<std::int64_t> elements) {
  const bool number = is_number_type(input.dtype);
  const FeatureKind kind = input.dtype == DType::kString ? FeatureKind::kText
                           : input.dtype == DType::kBool ? FeatureKind::kBoolean
                                                         : FeatureKind::kNumber;
  return {.name = std::move(name),
          .parts = {{input.name, std::move(elements)}},
          .kind = kind,
          .categories = {},
          .may_be_missing = false,
          .integer = number && !is_floating(input.dtype)};
}

ExplainedFeature column_feature(const InputSignature& input, const Feature& column, std::string name, std::vector<std::int64_t> elements) {
  ExplainedFeature made = element_feature(input, std::move(name), std::move(elements));
  made.kind = column.kind;
  made.categories = column.categories;
  made.may_be_missing = column.may_be_missing;
  return made;
}

// What a feature of one input is called.
class Names {
 public:
  Names(const InputSignature& input, bool several) : input_(input), several_(several) {}
  std::string column(const std::string& name) const { return several_ ? input_.name + "=" + name : name; }
  std::string place(const std::string& place) const { return input_.name + "[" + place + "]"; }

 private:
  const InputSignature& input_;
  bool several_;
};

std::vector<std::int64_t> evenly(std::int64_t first, std::int64_t step, std::int64_t count) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < count; ++i) places.push_back(first + i * step);
  return places;
}

std::int64_t side_of_squares(const ImageLayout& image, std::int64_t asked) {
  if (asked > 0) return asked;
  std::int64_t side = 1;
  const auto count = [&] { return ((image.height + side - 1) / side) * ((image.width + side - 1) / side); };
  while (count() > kMostSquares) ++side;
  return side;
}

std::vector<std::int64_t> pixels(const ImageLayout& image, std::int64_t top, std::int64_t left, std::int64_t side) {
  std::vector<std::int64_t> places;
  for (std::int64_t channel = 0; channel < image.channels; ++channel)
    for (std::int64_t y = top; y < std::min(image.height, top + side); ++y)
      for (std::int64_t x = left; x < std::min(image.width, left + side); ++x)
        places.push_back(image.channels_first ? (channel * image.height + y) * image.width + x
                                              : (y * image.width + x) * image.channels + channel);
  std::ranges::sort(places);
  return places;
}

std::vector<ExplainedFeature> squares(const InputSignature& input, const ImageLayout& image, const Names& names, std::int64_t patch) {
  std::vector<ExplainedFeature> made;
  const std::int64_t side = side_of_squares(image, patch);
  for (std::int64_t top = 0; top < image.height; top += side) {
    for (std::int64_t left = 0; left < image.width; left += side) {
      const std::string place =
          side == 1 ? upkeep::format("{}, {}", top, left)
                    : upkeep::format("{}:{}, {}:{}", top, std::min(image.height, top + side), left, std::min(image.width, left + side));
      made.push_back(element_feature(input, names.place(place), pixels(image, top, left, side)));
    }
  }
  return made;
}

// Of rows [steps, width].
std::vector<ExplainedFeature> sequence(const InputSignature& input, const Shape& row, const Names& names, Sequences how) {
  const std::int64_t steps = row[0];
  const std::int64_t width = std::accumulate(row.begin() + 1, row.end(), std::int64_t{1}, std::multiplies<>());
  const bool known = static_cast<std::int64_t>(input.features.size()) == width;
  if (how == Sequences::kAuto) how = known ? Sequences::kColumns : Sequences::kSteps;
  const auto label = [&](std::int64_t column) {
    return known ? input.features[static_cast<std::size_t>(column)].column : upkeep::format("{}", column);
  };
  const auto feature = [&](std::int64_t column, std::string name, std::vector<std::int64_t> elements) {
    return known ? column_feature(input, input.features[static_cast<std::size_t>(column)], std::move(name), std::move(elements))
                 : element_feature(input, std::move(name), std::move(elements));
  };
  std::vector<ExplainedFeature> made;
  if (how == Sequences::kColumns) {
    for (std::int64_t column = 0; column < width; ++column)
      made.push_back(
          feature(column, known ? names.column(label(column)) : names.place("column " + label(column)), evenly(column, width, steps)));
  } else if (how == Sequences::kSteps) {
    for (std::int64_t step = 0; step < steps; ++step)
      made.push_back(element_feature(input, names.place(upkeep::format("step {}", step)), evenly(step * width, 1, width)));
  } else {
    for (std::int64_t step = 0; step < steps; ++step)
      for (std::int64_t column = 0; column < width; ++column)
        made.push_back(feature(column, names.place(upkeep::format("step {}, {}", step, label(column))), {step * width + column}));
  }
  return made;
}

std::vector<ExplainedFeature> features_of_input(const InputSignature& input, const FeatureOptions& options, bool several) {
  const Shape row = row_shape(input, options);
  const std::int64_t size = element_count(row);
  const Names names(input, several);
  std::vector<ExplainedFeature> made;
  if (row.size() <= 1 && static_cast<std::int64_t>(input.features.size()) == size) {
    for (std::int64_t i = 0; i < size; ++i) {
      const Feature& column = input.features[static_cast<std::size_t>(i)];
      made.push_back(column_feature(input, column, names.column(column.column), {i}));
    }
    return made;
  }
  if (const std::optional<ImageLayout> image = image_layout(input, row)) return squares(input, *image, names, options.patch);
  if (row.size() >= 2) return sequence(input, row, names, options.sequences);
  if (input.features.size() == 1) {  // a column of arrays, such as embeddings
    return {column_feature(input, input.features[0], names.column(input.features[0].column), evenly(0, 1, size))};
  }
  for (std::int64_t i = 0; i < size; ++i)
    made.push_back(element_feature(input, size == 1 ? input.name : names.place(upkeep::format("{}", i)), {i}));
  return made;
}

std::vector<std::size_t> members_of(const FeatureGroup& group, const std::vector<ExplainedFeature>& features) {
  std::vector<std::size_t> places;
  for (const std::string& member : group.members) {
    const std::size_t before = places.size();
    for (std::size_t i = 0; i < features.size(); ++i)
      if (matches_pattern(member, features[i].name)) places.push_back(i);
    if (places.size() == before) {
      std::vector<std::string> all;
      for (const ExplainedFeature& feature : features) all.push_back(feature.name);
      throw unknown_name("feature", member, all).in("group \"" + group.name + "\"");
    }
  }
  if (places.empty()) throw Error(ErrorCode::kInvalidArgument, "group \"" + group.name + "\" has no members");
  std::ranges::sort(places);
  places.erase(std::ranges::unique(places).begin(), places.end());
  return places;
}

ExplainedFeature grouped(const FeatureGroup& group, const std::vector<std::size_t>& places, const std::vector<ExplainedFeature>& features) {
  ExplainedFeature made{.name = group.name, .parts = {}, .kind = FeatureKind::kCategory};
  for (const std::size_t place : places) {
    for (const InputElements& part : features[place].parts) {
      const auto found = std::ranges::find(made.parts, part.input, &InputElements::input);
      if (found == made.parts.end()) made.parts.push_back(part);
      else found->elements.insert(found->elements.end(), part.elements.begin(), part.elements.end());
    }
    made.may_be_missing = made.may_be_missing || features[place].may_be_missing;
  }
  for (InputElements& part : made.parts) std::ranges::sort(part.elements);
  return made;
}

std::vector<ExplainedFeature> with_groups(const std::vector<ExplainedFeature>& features, const std::vector<FeatureGroup>& groups) {
  std::vector<std::optional<ExplainedFeature>> made(features.begin(), features.end());
  std::set<std::size_t> taken;
  for (const FeatureGroup& group : groups) {
    const std::vector<std::size_t> places = members_of(group, features);
    for (const std::size_t place : places) {
      if (!taken.insert(place).second)
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("feature \"{}\" is in two groups", features[place].name),
                    "name each feature in one group");
      made[place].reset();
    }
    made[places.front()] = grouped(group, places, features);
  }
  std::vector<ExplainedFeature> left;
  for (std::optional<ExplainedFeature>& feature : made)
    if (feature) left.push_back(std::move(*feature));
  return left;
}

}  // namespace

std::optional<ImageLayout> image_layout(const InputSignature& input, const Shape& row) {
  if (!is_number_type(input.dtype)) return std::nullopt;
  const auto colours = [](std::int64_t size) { return size == 1 || size == 3 || size == 4; };
  if (row.size() == 3 && colours(row[2])) return ImageLayout{row[0], row[1], row[2], false};
  if (row.size() == 3 && colours(row[0])) return ImageLayout{row[1], row[2], row[0], true};
  if (row.size() == 2 && row[0] == row[1] && row[0] >= 8 && input.features.size() <= 1) return ImageLayout{row[0], row[1], 1, false};
  return std::nullopt;
}

Shape row_shape(const InputSignature& input, const FeatureOptions& options) {
  const auto given = options.row_shapes.find(input.name);
  if (given != options.row_shapes.end()) return given->second;
  const auto open = [&](const std::string& what) {
    return Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" {}", input.name, what), "give rows, whose shape says it");
  };
  if (!input.dims) throw open("may have any number of axes");
  Shape row;
  for (std::size_t axis = 1; axis < input.dims->size(); ++axis) {
    if ((*input.dims)[axis] < 0) throw open(upkeep::format("leaves the size of axis {} open", axis));
    row.push_back((*input.dims)[axis]);
  }
  return row;
}

std::vector<ExplainedFeature> features_of(const Signature& signature, const FeatureOptions& options) {
  const auto has_rows = [](const InputSignature& input) { return !input.dims || !input.dims->empty(); };
  const bool several = std::ranges::count_if(signature.inputs, has_rows) > 1;
  std::vector<ExplainedFeature> features;
  for (const InputSignature& input : signature.inputs) {
    if (!has_rows(input)) continue;
    const std::vector<ExplainedFeature> made = features_of_input(input, options, several);
    features.insert(features.end(), made.begin(), made.end());
  }
  return with_groups(features, options.groups);
}

std::size_t feature_named(const std::vector<ExplainedFeature>& features, const std::string& name) {
  const auto found = std::ranges::find(features, name, &ExplainedFeature::name);
  if (found != features.end()) return static_cast<std::size_t>(found - features.begin());
  std::vector<std::string> all;
  for (const ExplainedFeature& feature : features) all.push_back(feature.name);
  throw unknown_name("feature", name, all);
}

}  // namespace upkeep::explain
