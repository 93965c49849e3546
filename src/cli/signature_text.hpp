// A model's signature for people, and from the words of a command line.
#pragma once

#include <string>
#include <vector>

#include "upkeep/signature.hpp"

namespace upkeep {

// One line for each input that columns feed and each output of which more is known than its type:
//   reads    x: age, owner (boolean, may be missing), city (category: paris, rome)
//   answers  p: classes no, yes; judged by bought
std::vector<std::string> described(const Signature& signature);

// "age=number", "city=category:paris|rome", "owner=boolean?" (the question mark: it may be missing), "age": a number. The name of an input
// and a colon may stand before the column of a model with several inputs: "left:age=number". Adds the feature to the input.
// Throws Error{kInvalidArgument}.
void add_feature(Signature& signature, const std::string& text);

// "score=number", "label=classes:no|yes", "p=binary:no|yes": what the output answers, with the names of its classes;
// "p=binary:threshold=0.3" and "p=binary:no|yes,threshold=0.3": from where on a binary answer is the second class. Throws
// Error{kInvalidArgument}.
void set_answer(Signature& signature, const std::string& text);

// "bought", or "OUTPUT=bought": a column that the output is judged by.
void add_target(Signature& signature, const std::string& text);

}  // namespace upkeep
