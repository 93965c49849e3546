// Where the values of a graph lie while it runs: in the caller's memory, among the constants, or in working memory that values share whose
// lives do not overlap.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

struct Place {
  enum class Where { kInput, kOutput, kConstant, kWorking };
  Where where = Where::kWorking;
  std::string name;  // of the graph's input, output or initializer
  DType dtype = DType::kUndefined;
  std::int64_t offset = 0;  // in elements, in the working memory of this type
};

struct Layout {
  std::map<std::string, Place> values;
  std::vector<Place> scratch;             // one per node
  std::map<DType, std::int64_t> working;  // elements of each type
  std::vector<std::string> copies;        // outputs that lie elsewhere at the end
};

// `graph` is prepared(); `scratch`: elements that each node needs for itself, of the type beside it.
Layout lay_out(const Graph& graph, const std::vector<std::pair<DType, std::int64_t>>& scratch);

}  // namespace upkeep::firmware
