// From a table to what a model reads, by its signature or by columns that are named.
//
// Of a model with several inputs a feature is "INPUT=COLUMN". An input that is a scalar takes the array or the column of its name, whose
// values are all equal, and needs no feature.
#pragma once

#include <string>
#include <vector>

#include "data/table.hpp"
#include "graph/graph.hpp"

namespace upkeep {

// The list that a metadata key holds; empty when it is absent.
std::vector<std::string> metadata_list(const Model& model, const char* key);

// The columns that an output is judged by, as the model's signature says; of the judged output where none is named.
std::vector<std::string> own_targets(const Model& model, const std::string& output = "");

// The columns of a table that feed the model, as dataset_for takes them: the signature's; for an input of windows whose samples the table
// holds as one array, named as the input is, that array.
std::vector<std::string> feature_columns(const Model& model, const Table& table);

// The targets of one of several outputs.
struct OutputColumns {
  std::string output;
  std::vector<std::string> targets;
  bool integer_targets = false;
  bool two_classes = false;
};

struct DataColumns {
  std::vector<std::string> targets;   // none given: the model's own, else the table's (the class of a folder of images)
  std::vector<std::string> features;  // none given: the model's own, else every other numeric column, or those called as the inputs are
  std::vector<std::string> ignore;
  bool integer_targets = false;             // class indices (sparse categorical losses, string labels)
  bool two_classes = false;                 // of an output of one number: two texts are its classes 0 and 1
  bool no_targets = false;                  // inputs only; target columns that are there are left out
  std::string output = "";                  // of the model, which the targets are for; empty: the first
  std::vector<OutputColumns> outputs = {};  // of a model with several outputs: the targets of each, in place of those above
};

// The dataset of a table for a model: inputs in the element types and ranks that the model declares, targets in those of its output where
// it is float64 or of whole numbers, else in float32. Class names that the model knows decide the indices. Arrays of an .npz that share no
// first axis are given to the inputs of their names as they stand. Throws Error naming column and row.
Dataset dataset_for(const Model& model, const Table& table, const DataColumns& columns);

}  // namespace upkeep
