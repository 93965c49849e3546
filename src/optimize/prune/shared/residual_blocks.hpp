// Residual blocks, y = x + f(x): without f the block is the identity, and the net is as much shallower. Which ones matter least is measured
// by what the answers change without them (Veit, Wilber and Belongie 2016; Sajjad et al. 2020).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "optimize/acceptance.hpp"
#include "optimize/pass.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

struct ResidualBlock {
  std::string name;                // the sum: a layer, or the value that an Add makes
  std::string skip;                // what it adds to
  std::vector<std::string> inner;  // what goes: layers, or what nodes make
};

// In the order of the model. A block is a sum of two values of one shape, of which one is made of the other and read by nobody else.
std::vector<ResidualBlock> residual_blocks(const Model& model);
// The model without what is inside; a model of layers keeps the others.
Model without_block(const Model& model, const ResidualBlock& block);

struct WeighedBlock {
  ResidualBlock block;
  double change = 0;  // of the answers without it: norm of the difference relative to that of the answers
};
// The least important first.
std::vector<WeighedBlock> weighed_blocks(const Model& model, const Tensors& rows, int threads = 0);

// Takes out the `count` least important blocks, one after another, each measured without those before. `rows` by input name.
// facts: {"method", "blocks": how many there were, "removed": [{"name", "change", "inner"}], "parameters_before", "parameters"}
// Throws Error{kInvalidArgument} where there are no so many.
Change prune_blocks(Model& model, std::size_t count, const Tensors& rows, int threads = 0);

// As many blocks as the judge allows: each is taken out of the last model that was accepted, which `learn` trains on before it is judged.
// The result is the last accepted one, or, where none was, the refused first. facts of `change`: as of prune_blocks().
Accepted shallowest_accepted(const Judge& judge, const Model& model, const Tensors& rows, const std::function<Model(const Model&)>& learn,
                             Change& change, int threads = 0);

}  // namespace upkeep
