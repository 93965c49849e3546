// Limits of the public API as a judge, and its verdicts as values.
#pragma once

#include <optional>

#include "optimize/acceptance.hpp"
#include "train/compile.hpp"
#include "upkeep/acceptance.hpp"
#include "upkeep/model.hpp"

namespace upkeep::api {

std::vector<Limit> limits_of(const Acceptance& accept);
Verdict verdict_of(const upkeep::Verdict& verdict);

// nullopt: nobody asks for a judgement. Throws Error: limits without data.
std::optional<Judge> judge_of(const upkeep::Model& before, const std::optional<Compile>& compiled, const Acceptance& accept);

// Judges a finished change, where a judge was asked for, and puts the record into the model. Throws Error{kFailedPrecondition} where it is
// not accepted.
std::optional<Verdict> accepted(const std::optional<Judge>& judge, upkeep::Model& after, const std::string& pass);
// The same for a candidate that was judged already.
Verdict accepted(const Judge& judge, Accepted& made, const std::string& pass);

}  // namespace upkeep::api
