// Eigenvalues and vectors of a symmetric matrix.
#pragma once

#include <vector>

#include "optimize/factorize/factorize.hpp"

namespace upkeep::factorizing {

struct Eigen {
  std::vector<double> values;  // descending
  Matrix vectors;              // in columns, orthonormal
};

// Householder tridiagonalisation and implicit QL steps (Martin, Reinsch and Wilkinson 1968; Bowdler, Martin, Reinsch and Wilkinson 1968).
// Time grows with the cube of the size: 1000 take about two seconds.
Eigen symmetric_eigen(Matrix matrix);

}  // namespace upkeep::factorizing
