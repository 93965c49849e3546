// The signature of a model that was trained: what its file says, and what its loss says beyond that.
#pragma once

#include "data/table.hpp"
#include "graph/signature.hpp"
#include "train/compile.hpp"

namespace upkeep {

// signature_of(), where an output that was trained with a loss of classes is known to answer classes (or one question, with the threshold
// of its logits or probabilities), whoever wrote the file.
Signature known_signature(const Model& model);

// Whether the answers of a model that was trained with the loss are logits, and from where on one of them stands for the second class.
bool gives_logits(const NamedSettings& loss);
double threshold_of(const NamedSettings& loss);

// Writes into the model's signature which columns the dataset was made from, what their values are, and what the outputs answer by the
// losses, where there are any. Categories, kinds and gaps that were known before stay known. Columns of texts are categories where a value
// occurs twice on average and there are at most 1000 of them, else texts.
void remember_columns(Model& model, const Dataset& data, const std::optional<Compile>& compile);

// Completes the model's signature from the table that it was trained on: the columns of an input that none are known of, the categories of
// features, which of them have gaps. Columns named in `ignore` are left out. Throws Error where the table contradicts what is known: a
// feature that it lacks, a text for a number, a category that the model was not trained with.
// False: the signature knows no features, and the table does not say which columns the model reads.
bool complete_signature(Model& model, const Table& reference, const std::vector<std::string>& ignore);

// The texts of a column's values, each once, in order: of numbers as the shortest text that reads back. Gaps are left out.
std::vector<std::string> distinct_texts(const Tensor& column);

}  // namespace upkeep
