// A registry of each kind of store with each kind of artefacts: what every test of the contract runs on.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/files.hpp"
#include "registry/artifacts/artifacts.hpp"
#include "registry/registry.hpp"
#include "registry/servers_testing.hpp"
#include "registry/test_models.hpp"

namespace upkeep {

struct Pairing {
  bool database = false, objects = false;
};

inline std::string name_of_pairing(const testing::TestParamInfo<Pairing>& about) {
  return std::string(about.param.database ? "Postgresql" : "Sqlite") + (about.param.objects ? "WithObjects" : "WithFolder");
}

#define INSTANTIATE_PAIRINGS(TEST)                                                                                                      \
  INSTANTIATE_TEST_SUITE_P(Pairings, TEST, testing::Values(Pairing{}, Pairing{true, false}, Pairing{false, true}, Pairing{true, true}), \
                           name_of_pairing)

// The Error that `work` throws.
template <typename Work>
Error error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kInternal, "nothing was thrown");
}

class PairingTest : public testing::TestWithParam<Pairing> {
 protected:
  static bool can_run() {
    return (!GetParam().database || testing_servers::Postgresql::server().is_there()) &&
           (!GetParam().objects || testing_servers::ObjectStore::server().is_there());
  }

  void SetUp() override {
    if (!can_run()) GTEST_SKIP() << "needs PostgreSQL and moto: scripts/bootstrap installs them";
  }

  RegistryAddress new_address() {
    if (!can_run()) return folder / "none";
    const Pairing& pairing = GetParam();
    RegistryAddress made(folder / ("registry" + std::to_string(++registries)));
    if (pairing.database) made.registry = testing_servers::Postgresql::server().new_database();
    if (pairing.objects) prefix = testing_servers::ObjectStore::server().new_prefix();
    if (pairing.objects) made.artifacts = testing_servers::ObjectStore::server().uri(prefix);
    else if (pairing.database) made.artifacts = (folder / ("files" + std::to_string(registries))).string();
    return made;
  }

  // Puts other bytes, or none, in the place of an artefact of `registry`.
  void damage(const std::string& digest, const std::string& bytes) {
    if (GetParam().objects) ASSERT_TRUE(testing_servers::ObjectStore::server().ask("PUT", object(digest), bytes));
    else std::ofstream(registry.artifact_file(digest).path(), std::ios::binary) << bytes;
  }
  void lose(const std::string& digest) {
    if (GetParam().objects) ASSERT_TRUE(testing_servers::ObjectStore::server().ask("DELETE", object(digest)));
    else std::filesystem::remove(registry.artifact_file(digest).path());
  }
  bool is_kept(const std::string& digest) {
    if (GetParam().objects) return testing_servers::ObjectStore::server().ask("GET", object(digest));
    return !error_code_of_artifact(digest);
  }

  void publish_versions(int count) {
    for (int i = 1; i <= count; ++i) registry.publish("m", shift_model(static_cast<float>(i)));
  }

  TemporaryFolder folder;
  ManualClock clock{time_from_iso8601("2026-01-31T12:00:00Z")};
  std::string prefix;  // of the objects
  int registries = 0;
  RegistryAddress address = new_address();
  Registry registry{address, clock};

 private:
  std::string object(const std::string& digest) const { return "/upkeep/" + prefix + "/" + artifacts::key_of(digest); }
  std::optional<ErrorCode> error_code_of_artifact(const std::string& digest) {
    try {
      registry.artifact(digest);
      return std::nullopt;
    } catch (const Error& error) {
      return error.code();
    }
  }
};

}  // namespace upkeep
