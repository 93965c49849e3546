// Answers and labels of the same rows, in the form that metrics take: what an output answers says how a label is read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/signature.hpp"
#include "maintain/monitor/window.hpp"

namespace upkeep {

// How answers and labels were read.
enum class JudgedAs {
  kNumbers,  // predictions [N, 1], targets [N, 1] float64
  kBinary,   // predictions [N, 1]: of class 1; targets [N, 1] float32: 0 or 1, -1 for a label of no known class
  kScores,   // predictions [N, K], targets [N, 1] int64 class indices, -1 for a label of no known class
  kLabels,   // predictions [N, K]: 1 for the class that was answered; targets as for scores; classes are those that are known, then all
             // others that were answered
};

struct Judged {
  JudgedAs as = JudgedAs::kNumbers;
  double threshold = 0.5;    // of binary answers: above it is class 1
  bool scores = true;        // false: the answers are the classes themselves, 1 for the one that was answered
  bool logits = false;       // the scores are no probabilities: some lie outside of 0 to 1, or the threshold does
  std::int64_t classes = 0;  // known ones, of all but numbers
  Tensor predictions;        // in the answers' own precision
  Tensor targets;
  std::vector<std::int64_t> rows;    // of the log
  std::int64_t unusable = 0;         // labelled rows left out: no label, text for a number, class names where no classes are known
  std::int64_t unanswered = 0;       // labelled rows left out: the model's answer is missing (NaN)
  std::int64_t unknown_classes = 0;  // judged rows whose label is of no class that the model knows; they count as errors
  std::int64_t unknown_answers = 0;  // judged rows whose answer is such a class
  std::vector<std::string> notes;    // what was left out beside those, and why
};

// Which output answers, by the version that did; versions that are not listed are read by `otherwise`, else as the log looks: the first
// output that has a value, several columns as scores of classes, texts and whole numbers as labels, one number as a number.
struct JudgedOutputs {
  std::map<std::int64_t, Signature> versions = {};
  std::optional<Signature> otherwise = {};
  std::string output = {};  // that is judged; empty: the one that the model is judged by
};

// The labelled, answered rows among `rows`. Versions whose answers are of different forms are not mixed: the newest version's form counts,
// and a note names the others. Throws Error{kNotFound} where an output that a signature names is not in the log.
Judged judge(const JoinedLog& log, const std::vector<std::int64_t>& rows, const JudgedOutputs& outputs);

// The same of a table: column `target` of `table` against the answers to its rows (columns out.<OUTPUT>.<i>); `output`: as above.
Judged judge_table(const Table& table, const std::string& target, const Table& answers, const Signature& signature,
                   const std::string& output = {});

// The index of the class that a label means; -1: of no known class; nullopt: it cannot be told (no classes are known, and it is no index).
// Names count before numbers, equal numbers ("3" and 3.0) before indices; an index counts where the names are no numbers.
std::optional<std::int64_t> class_of(const std::string& label, const std::vector<std::string>& classes, std::int64_t count);

// The output that a model is judged by: its judged output; its first label where the scores' classes are not known and labels are texts.
const OutputSignature* judged_by(const Signature& signature, bool text_labels);

}  // namespace upkeep
