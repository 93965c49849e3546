// Vocabularies of the data for StringLookup, IntegerLookup and TextVectorization layers that have none: what Keras's adapt() finds.
#pragma once

#include "layers/view/architecture.hpp"

namespace upkeep {

// Whether a layer that could be adapted has no vocabulary.
bool needs_vocabularies(const Architecture& architecture);

// The architecture with one made-up token in each missing vocabulary: enough to see what its inputs and outputs are.
Architecture with_placeholder_vocabularies(Architecture architecture);

// `inputs` are the rows to learn from, by input layer. Each layer without a vocabulary gets the tokens that it reads there, the most
// frequent first and of equally frequent ones the last in order (Keras's rule), at most max_tokens, without those that stand for nothing
// and for what is unknown; with tf_idf their weights too. Layers are adapted in order, each on what the adapted ones above it give.
// Throws Error{kInvalidArgument}: an input is missing, no token is there, indices are to become tokens.
Architecture adapt_vocabularies(Architecture architecture, const Tensors& inputs);

}  // namespace upkeep
