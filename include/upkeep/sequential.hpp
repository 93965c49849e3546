// A model as a list of layers, with Keras's life: compile, fit, evaluate, predict, save, load, change, fit again.
//
//   Sequential model({Input({.shape = {10}}), Dense({.units = 10, .activation = "relu"}), Dense({.units = 1})});
//   model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
//   model.fit(x, y, {.epochs = 100, .batch_size = 32});
//   model.save("linear_regression.h5");
//
// A Model, with its rules for threads and errors, whose list of layers can be changed.
#pragma once

#include "upkeep/model.hpp"

namespace upkeep::api {

class Sequential : public Model {
 public:
  // Weights are drawn from `seed`. Without an Input in front, the model is built when the first fit shows the width of its data; what needs
  // a built model throws Error{kFailedPrecondition} before.
  explicit Sequential(const std::vector<Layer>& layers = {}, std::uint64_t seed = 0);
  // Any model whose layers can be seen.
  explicit Sequential(Model model);
  static Sequential load(const std::filesystem::path& file, std::uint64_t seed = 0) { return Sequential(Model::load(file, seed)); }

  // Appends a layer; the weights of the others stay, with their optimiser slots.
  void add(const Layer& layer);
  void pop();  // removes the last layer
  // Gives a layer other settings: set("dense_1", {{"units", 30}}). Its weights stay where they still fit.
  void set(const std::string& layer, const Setting::Object& settings);

 private:
  void edit(const std::string& step, const std::string& argument);
};

}  // namespace upkeep::api
