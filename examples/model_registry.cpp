// A registry from a program of one's own: publish two versions, look at what a promotion would break, promote, roll back, read the history,
// and carry everything to another place.

#include <upkeep/registry.hpp>
#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

static Model trained(std::int64_t columns, std::uint64_t seed) {
  const Tensor x = random_uniform({200, columns}, seed);
  Sequential model({Input({.shape = {columns}}), Dense({.units = 1})}, seed);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "mse"});
  model.fit(x, matmul(x, Tensor({columns, 1}, std::vector<float>(static_cast<std::size_t>(columns), 2.0F))),
            {.epochs = 5, .verbose = false});
  return model;
}

int main() try {
  operate::Registry registry = operate::Registry::open({.registry = "registry"});  // or postgresql://..., with .artifacts = "s3://..."
  registry.publish("price", trained(2, 1), {.alias = "production", .description = "the first one", .why = {.actor = "ann"}});
  const operate::Version second = registry.publish("price", trained(2, 2), {.description = "more rows"});
  const operate::Version wider = registry.publish("price", trained(3, 3), {.description = "with the distance"});
  expect(second.number == 2 && wider.number == 3, "versions are numbered in the order of publishing");

  expect(registry.breaks("price", second.number, "production").empty(), "callers of version 1 notice nothing of version 2");
  for (const std::string& sentence : registry.breaks("price", wider.number, "production")) std::printf("%s\n", sentence.c_str());
  expect(registry.promote("price", second.number, "production", {.actor = "ann", .reason = "better on July"}), "the alias moves");
  expect(registry.rollback("price", "production", {.actor = "bob", .reason = "complaints"}) == 1, "and back");
  registry.release("price", "production");
  registry.remove("price", wider.number, {.reason = "nobody sends the distance"});

  for (const operate::RegistryEvent& event : registry.history("price"))
    std::printf("%lld %s %s: %s\n", static_cast<long long>(event.id), event.kind.c_str(), event.actor.c_str(), event.reason.c_str());
  expect(registry.resolve("price@production").number == 1, "production is version 1");
  expect(registry.load("price@production").predict(Tensor({1, 2}, std::vector<float>{1, 1})).size() == 1, "which answers");

  expect(registry.verify().empty(), "every file is what it was published as");
  registry.export_to("backup.tar");
  operate::Registry restored = operate::Registry::open({.registry = "elsewhere"});
  restored.import_from("backup.tar");
  expect(restored.history().size() == registry.history().size() && restored.verify().empty(), "equal bytes, equal history");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "model_registry: %s\n", error.what());
  return 1;
}
