// What an explanation speaks of: the features of a model, each a set of elements of one row of its inputs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/signature.hpp"

namespace upkeep::explain {

// Elements of one row of one input, flattened.
struct InputElements {
  std::string input;
  std::vector<std::int64_t> elements;  // ascending
  bool operator==(const InputElements&) const = default;
};

struct ExplainedFeature {
  std::string name;                  // the column; "INPUT=COLUMN" of a model with several inputs; "x[3]", "image[0:4, 4:8]", "x[step 2]"
  std::vector<InputElements> parts;  // one; several for a group
  FeatureKind kind = FeatureKind::kNumber;
  std::vector<std::string> categories;  // of a category, as the signature knows them
  bool may_be_missing = false;
  bool integer = false;  // its elements are whole numbers
  // One element of one input.
  bool scalar() const { return parts.size() == 1 && parts[0].elements.size() == 1; }
  bool operator==(const ExplainedFeature&) const = default;
};

// Features that are explained as one, such as the columns of a one-hot category.
struct FeatureGroup {
  std::string name;
  std::vector<std::string> members;  // names of features, or patterns with * ("city_*")
};

enum class Sequences {
  kAuto,     // columns where the signature names them, else steps
  kColumns,  // one column over all steps
  kSteps,    // all columns of one step
  kCells,    // each column of each step
};

struct FeatureOptions {
  std::vector<FeatureGroup> groups = {};
  std::int64_t patch = 0;  // of images: the side of the squares that are a feature each; 0: such that there are at most 64
  Sequences sequences = Sequences::kAuto;
  std::map<std::string, Shape> row_shapes = {};  // by input: of one row, where the model leaves axes open
};

// The image of an input, where its rows are images: [height, width, channels] or [channels, height, width].
struct ImageLayout {
  std::int64_t height = 0, width = 0, channels = 0;
  bool channels_first = false;
};
// Of rows of three axes where the first or the last is 1, 3 or 4 long (the last counts), and of rows of two axes that are equally long, at
// least 8, and not fed from columns one by one.
std::optional<ImageLayout> image_layout(const InputSignature& input, const Shape& row);
// Of one row of the input: its own dimensions, or those of `options` where it leaves axes open. Throws Error{kInvalidArgument} where
// neither says them.
Shape row_shape(const InputSignature& input, const FeatureOptions& options);

// By input in the model's order. Of columns of a table, each column; of images, squares of pixels; of sequences [steps, k], each step;
// else each element, and one feature for an array that a single column holds. Groups replace their members where the first of them stands.
// Throws Error{kInvalidArgument}: an axis beside the first whose size is not known; a group without members, or two groups with one
// feature.
std::vector<ExplainedFeature> features_of(const Signature& signature, const FeatureOptions& options = {});

// Places by name. Throws Error{kInvalidArgument} with the candidates.
std::size_t feature_named(const std::vector<ExplainedFeature>& features, const std::string& name);

}  // namespace upkeep::explain
