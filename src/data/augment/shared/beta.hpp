// Random numbers from the Beta distribution, for the augmenters that mix.
#pragma once

#include "base/random.hpp"

namespace upkeep::augment {

// Beta(alpha, alpha) in [0, 1], alpha > 0; also where alpha is so small that the result is all but 0 or 1.
double symmetric_beta(double alpha, Random& random);

}  // namespace upkeep::augment
