#include "serve/engine.hpp"

#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

class EngineTest : public ServeTest {
 protected:
  std::int64_t serving(const std::string& name = "m") { return (*engine->find(name, ""))->version(); }
};

TEST_F(EngineTest, ServesWhatTheAliasPointsAt) {
  put("m", shift_model(1));
  registry.publish("m", shift_model(2));
  registry.publish("unpromoted", shift_model(1));
  start();
  EXPECT_EQ(serving(), 1);
  EXPECT_FALSE(engine->find("unpromoted", ""));
}

TEST_F(EngineTest, TakesAPromotionUpAndKeepsTheVersionBefore) {
  put("m", shift_model(1));
  start();
  put("m", shift_model(2));
  EXPECT_EQ(serving(), 1);
  engine->refresh();
  EXPECT_EQ(serving(), 2);
  EXPECT_TRUE(engine->find("m", "1"));
  put("m", shift_model(3));
  engine->refresh();
  EXPECT_FALSE(engine->find("m", "1"));
  EXPECT_TRUE(engine->find("m", "2"));
}

TEST_F(EngineTest, ARollbackGoesBackToTheSameLoadedModel) {
  put("m", shift_model(1));
  start();
  const auto first = *engine->find("m", "");
  put("m", shift_model(2));
  engine->refresh();
  registry.rollback("m", "production");
  engine->refresh();
  EXPECT_EQ(*engine->find("m", ""), first);
}

TEST_F(EngineTest, ARequestKeepsTheVersionItBeganWith) {
  put("m", shift_model(1));
  start();
  const auto held = *engine->find("m", "");
  for (int version = 2; version <= 4; ++version) {
    put("m", shift_model(static_cast<float>(version)));
    engine->refresh();
  }
  const Tensors out = held->session().run({{"x", Tensor({1, 2}, std::vector<float>{1, 2})}});
  EXPECT_THAT(out.at("y").floats(), testing::ElementsAre(2, 3));
}

TEST_F(EngineTest, AVersionThatCannotBeLoadedLeavesTheOldOneServing) {
  put("m", shift_model(1));
  start();
  put_broken("m", shift_model(2));
  engine->refresh();
  EXPECT_EQ(serving(), 1);
  EXPECT_EQ(engine->unready(), "");
  const ServedModel served = engine->models()->at("m");
  EXPECT_EQ(served.wanted, 2);
  EXPECT_THAT(served.problem, HasSubstr("damaged"));
  EXPECT_THAT(telemetry.text(), HasSubstr(R"(upkeep_model_loads_total{model="m",result="failed"} 1)"));
  put("m", shift_model(3));
  engine->refresh();
  EXPECT_EQ(serving(), 3);
  EXPECT_EQ(engine->models()->at("m").problem, "");
}

TEST_F(EngineTest, AModelThatTheRuntimeRefusesIsNotServed) {
  put("m", shift_model(1));
  start();
  Model unknown = shift_model(2);
  unknown.graph.nodes[0].op = "NoSuchOperator";
  put("m", unknown);
  engine->refresh();
  EXPECT_EQ(serving(), 1);
  EXPECT_THAT(engine->models()->at("m").problem, HasSubstr("NoSuchOperator"));
}

TEST_F(EngineTest, AVersionThatTheCheckRefusesIsNotServedAndNotTriedAtOnceAgain) {
  put("m", shift_model(1));
  const std::string tried = (folder / "tried").string();
  engine.emplace(EngineOptions{.registry = folder.path(),
                               .check = {.command = {"/bin/sh", "-c",
                                                     "echo >> " + tried + "; test ! -e " + tried + "-no || { echo no >&2; exit 1; }"}}},
                 telemetry);
  EXPECT_EQ(serving(), 1);
  write_file(tried + "-no", "");
  put("m", shift_model(2));
  for (int i = 0; i < 3; ++i) {
    put("other" + std::to_string(i), identity_model(DType::kInt64));
    engine->refresh();
  }
  EXPECT_EQ(serving(), 1);
  EXPECT_EQ(engine->models()->at("m").problem, "no");
  EXPECT_EQ(read_file(tried), std::string(5, '\n'));  // both versions of m once, and the others
}

TEST_F(EngineTest, OneBadModelDoesNotStopTheOthers) {
  put_broken("bad", shift_model(2));
  put("m", shift_model(1));
  start();
  EXPECT_EQ(serving(), 1);
  EXPECT_EQ(engine->find("bad", "").error().status, 503);
  EXPECT_THAT(engine->unready(), HasSubstr("bad"));
}

TEST_F(EngineTest, GoesOnServingWhenTheRegistryCannotBeRead) {
  put("m", shift_model(1));
  start();
  std::fstream(folder / "registry.sqlite3", std::ios::in | std::ios::out) << std::string(4096, 'x');
  engine->refresh();
  EXPECT_EQ(serving(), 1);
  EXPECT_THAT(telemetry.text(), HasSubstr("upkeep_registry_errors_total 1"));
}

TEST_F(EngineTest, AFolderWithoutARegistryIsRefused) {
  const TemporaryFolder empty;
  try {
    const Engine none({.registry = empty.path()}, telemetry);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr(empty.path().string()));
  }
  EXPECT_FALSE(std::filesystem::exists(empty / "registry.sqlite3"));
}

TEST_F(EngineTest, WatchesByItself) {
  put("m", shift_model(1));
  start();
  engine->watch(std::chrono::milliseconds(1));
  put("m", shift_model(2));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (serving() != 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(serving(), 2);
}

}  // namespace
}  // namespace upkeep::serve
