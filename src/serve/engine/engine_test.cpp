#include "serve/engine/engine.hpp"

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

TEST_F(EngineTest, TakesAPromotionUp) {
  put("m", shift_model(1));
  start();
  put("m", shift_model(2));
  EXPECT_EQ(serving(), 1);
  engine->refresh();
  EXPECT_EQ(serving(), 2);
  EXPECT_FALSE(engine->find("m", "1"));  // as after a restart
  start();
  EXPECT_FALSE(engine->find("m", "1"));
}

TEST_F(EngineTest, ServesTheVersionsOfThePolicyBeforeAndAfterARestart) {
  for (int version = 1; version <= 3; ++version) registry.publish("m", shift_model(static_cast<float>(version)));
  registry.promote("m", 1, "production");
  registry.promote("m", 2, "canary");
  const EngineOptions options{.versions = version_policy({"production", "canary"}, "latest:1")};
  for (int i = 0; i < 2; ++i) {
    start(nullptr, options);
    EXPECT_EQ(serving(), 1);
    EXPECT_EQ((*engine->find("m", "canary"))->version(), 2);
    EXPECT_EQ((*engine->find("m", "production"))->version(), 1);
    EXPECT_EQ((*engine->find("m", "3"))->version(), 3);
    EXPECT_EQ(engine->find("m", "4").error().code, RefusalCode::kNotFound);
  }
  registry.promote("m", 3, "canary");
  engine->refresh();
  EXPECT_EQ((*engine->find("m", "canary"))->version(), 3);
  EXPECT_FALSE(engine->find("m", "2"));
}

TEST_F(EngineTest, AnUnloadedModelIsAwayUntilItIsLoadedAgain) {
  put("m", shift_model(1));
  start();
  EXPECT_TRUE(engine->take_off("m"));
  EXPECT_EQ(engine->find("m", "").error().code, RefusalCode::kUnready);
  EXPECT_EQ(engine->unready(), "");  // as was asked for
  put("m", shift_model(2));
  engine->refresh();
  EXPECT_EQ(engine->find("m", "").error().code, RefusalCode::kUnready);
  EXPECT_TRUE(engine->put_on("m"));
  EXPECT_EQ(serving(), 2);
  EXPECT_EQ(engine->put_on("nobody").error().code, RefusalCode::kNotFound);
  EXPECT_EQ(engine->take_off("nobody").error().code, RefusalCode::kNotFound);
  registry.publish("unpromoted", shift_model(1));
  EXPECT_THAT(engine->put_on("unpromoted").error().message, HasSubstr("promote one"));
}

TEST_F(EngineTest, TheLeastUsedLeaveMemoryAndComeBackWhenAsked) {
  for (const char* name : {"a", "b", "c"}) put(name, shift_model(1));
  std::size_t measured = 0;  // each session takes 5 MiB
  start(nullptr, {.memory_bytes = 10 << 20, .resident_memory = [&] { return measured += 5 << 20; }});
  const auto resident = [&](const char* name) { return (*engine->find(name, ""))->resident_bytes() > 0; };
  const auto infer = [&](const std::string& name) {
    return json(200, "POST", "/v2/models/" + name + "/infer",
                R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})")["outputs"][0]["data"];
  };
  EXPECT_TRUE(resident("b") && resident("c"));
  EXPECT_FALSE(resident("a"));
  infer("c");
  EXPECT_EQ(infer("a"), (Json{2.0, 3.0}));
  EXPECT_TRUE(resident("a") && resident("c"));
  EXPECT_FALSE(resident("b"));
  EXPECT_THAT(telemetry.text(), HasSubstr(R"(upkeep_model_set_aside_total{model="b"} 1)"));
}

TEST_F(EngineTest, AModelLargerThanTheBudgetIsNotServed) {
  put("m", shift_model(1));
  std::size_t measured = 0;
  start(nullptr, {.memory_bytes = 4 << 20, .resident_memory = [&] { return measured += 5 << 20; }});
  EXPECT_THAT(engine->find("m", "").error().message, HasSubstr("takes 5120 KiB, the server may use 4096 KiB"));
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

TEST_F(EngineTest, ASessionThatWasSetAsideIsLoadedByItsNextRequest) {
  put("m", shift_model(1));
  start();
  const auto version = *engine->find("m", "");
  EXPECT_TRUE(version->set_aside());
  EXPECT_EQ(version->resident_bytes(), 0U);
  EXPECT_EQ(json(200, "POST", "/v2/models/m/infer",
                 R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})")["outputs"][0]["data"],
            (Json{2.0, 3.0}));
  EXPECT_GT(version->resident_bytes(), 0U);
  while (!version->set_aside()) std::this_thread::yield();  // the answer comes a moment before its run has ended
  std::filesystem::remove_all(folder / "blobs");
  EXPECT_THAT(json(503, "POST", "/v2/models/m/infer", R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})")["error"]
                  .get<std::string>(),
              HasSubstr("cannot be loaded again"));
}

TEST_F(EngineTest, ARequestKeepsTheVersionItBeganWith) {
  put("m", shift_model(1));
  start();
  const auto held = *engine->find("m", "");
  for (int version = 2; version <= 4; ++version) {
    put("m", shift_model(static_cast<float>(version)));
    engine->refresh();
  }
  std::promise<JobResult> result;
  Job job{.inputs = {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}, .done = [&](JobResult made) { result.set_value(std::move(made)); }};
  ASSERT_TRUE(held->submit(job));
  EXPECT_THAT(result.get_future().get().outputs->at("y").floats(), testing::ElementsAre(2, 3));
}

TEST_F(EngineTest, AVersionThatCannotBeLoadedLeavesTheOldOneServing) {
  put("m", shift_model(1));
  start();
  put_broken("m", shift_model(2));
  engine->refresh();
  EXPECT_EQ(serving(), 1);
  EXPECT_EQ(engine->unready(), "");
  const ServedModel served = engine->models()->at("m");
  EXPECT_THAT(served.problems.at(2), HasSubstr("damaged"));
  EXPECT_THAT(telemetry.text(), HasSubstr(R"(upkeep_model_loads_total{model="m",result="failed"} 1)"));
  put("m", shift_model(3));
  engine->refresh();
  EXPECT_EQ(serving(), 3);
  EXPECT_TRUE(engine->models()->at("m").problems.empty());
}

TEST_F(EngineTest, AModelThatTheRuntimeRefusesIsNotServed) {
  put("m", shift_model(1));
  start();
  Model unknown = shift_model(2);
  unknown.graph.nodes[0].op = "NoSuchOperator";
  put("m", unknown);
  engine->refresh();
  EXPECT_EQ(serving(), 1);
  EXPECT_THAT(engine->models()->at("m").problems.at(2), HasSubstr("NoSuchOperator"));
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
  EXPECT_EQ(engine->models()->at("m").problems.at(2), "no");
  EXPECT_EQ(read_file(tried), std::string(5, '\n'));  // both versions of m once, and the others
}

TEST_F(EngineTest, OneBadModelDoesNotStopTheOthers) {
  put_broken("bad", shift_model(2));
  put("m", shift_model(1));
  start();
  EXPECT_EQ(serving(), 1);
  EXPECT_EQ(engine->find("bad", "").error().code, RefusalCode::kUnready);
  EXPECT_THAT(engine->unready(), HasSubstr("bad"));
}

TEST_F(EngineTest, ABadModelThatComesLaterDoesNotTakeTheServerOutOfTraffic) {
  put("m", shift_model(1));
  start();
  put_broken("bad", shift_model(2));
  engine->refresh();
  EXPECT_EQ(engine->unready(), "");
  EXPECT_EQ(engine->find("bad", "").error().code, RefusalCode::kUnready);
  start();  // after a restart it counts: a rollout of the server stops there
  EXPECT_THAT(engine->unready(), HasSubstr("bad"));
}

TEST_F(EngineTest, GoesOnServingWhenTheRegistryCannotBeRead) {
  put("m", shift_model(1));
  start();
  std::fstream(folder / "registry.sqlite3", std::ios::in | std::ios::out) << std::string(4096, 'x');
  engine->refresh();
  EXPECT_EQ(serving(), 1);
  EXPECT_THAT(telemetry.text(), HasSubstr("upkeep_registry_errors_total 1"));
  EXPECT_NE(engine->registry_problem(), "");
}

// rsync and rename, a restored backup: the same numbers may stand for other bytes.
TEST_F(EngineTest, NoticesThatTheRegistryWasReplacedByAnother) {
  put("m", shift_model(1));
  put("gone", shift_model(3));
  start();
  const TemporaryFolder elsewhere;
  Registry other(elsewhere.path());
  const ModelVersion meant = other.publish("m", shift_model(2));
  other.promote("m", 1, "production");
  std::filesystem::rename(folder / "registry.sqlite3", folder / "away");
  engine->refresh();
  EXPECT_NE(engine->registry_problem(), "");
  EXPECT_TRUE(engine->find("gone", ""));
  std::filesystem::copy(elsewhere.path(), folder.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  engine->refresh();
  EXPECT_EQ(engine->registry_problem(), "");
  EXPECT_EQ(engine->find("m", "").value()->artifact(), meant.artifact);
  EXPECT_FALSE(engine->find("gone", ""));
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
