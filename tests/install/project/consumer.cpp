#include <upkeep/upkeep.hpp>

#include <cstdio>

int main() {
  const upkeep::Tensor x = upkeep::random_uniform({40, 3}, 1), y = upkeep::random_uniform({40, 1}, 2);
  upkeep::Sequential model({upkeep::Input({3}), upkeep::Dense(4, "relu"), upkeep::Dense(1)});
  model.compile({.optimizer = "sgd:learning_rate=0.1"});
  const upkeep::History history = model.fit(x, y, {.epochs = 5});
  model.save("consumer.h5");
  const upkeep::Tensor again = upkeep::Sequential::load("consumer.h5").predict(x);
  const bool same = again == model.predict(x);
  std::printf("%zu epochs, predictions %s\n", history.epochs.size(), same ? "survive the file" : "differ");
  return same ? 0 : 1;
}
