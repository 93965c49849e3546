// What the checks look at, from the log, the reference and the model's signature.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "maintain/monitor/checks/check.hpp"

namespace upkeep {

struct CheckSources {
  const JoinedLog& log;
  const std::vector<std::int64_t>& rows;  // of the log
  const Table& answered;                  // those of them that have an answer
  SampleCache& cache;                     // of samples that the drift report has made
  FeatureNames names;
  const Table* reference = nullptr;          // absent: checks of the log alone
  const Table* reference_outputs = nullptr;  // the model's answers to it
  std::string target;                        // the reference's column that labels are of; empty: not known
};

// Failed requests are left out. What is found refers to the sources. Answers and labels (`judged`) are the caller's to add.
checks::Facts facts_for_checks(const CheckSources& sources);

}  // namespace upkeep
