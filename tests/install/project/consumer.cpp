#include <upkeep/upkeep.hpp>

#include <cstdio>

int main() {
  const upkeep::Tensor x = upkeep::random_uniform({40, 3}, 1), y = upkeep::random_uniform({40, 1}, 2);
  upkeep::Sequential model({upkeep::Input({.shape = {3}}), upkeep::Dense({.units = 4, .activation = "relu"}), upkeep::Dense({.units = 1})});
  model.compile({.optimizer = upkeep::optimizers::Sgd({.learning_rate = 0.1})});
  const upkeep::History history = model.fit(x, y, {.epochs = 5});
  model.save("consumer.h5");
  const upkeep::Tensor again = upkeep::Model::load("consumer.h5").predict(x);
  const bool same = again == model.predict(x);
  std::printf("%zu epochs, predictions %s\n", history.epochs.size(), same ? "survive the file" : "differ");
  return same ? 0 : 1;
}
