#include "serve/access/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

RefusalCode code(const Answer<Admission>& answer) { return answer ? RefusalCode::kInternal : answer.error().code; }

class AccessTest : public testing::Test {
 protected:
  void write(const std::string& allow, const std::string& more = {}) {
    write_file(file, "tokens: [{name: shop, sha256: \"" + sha256("upk_shop") + "\", allow: " + allow + more + "}]\n");
  }
  static Credentials with(std::string_view authorization) {
    return {.authorization = authorization, .certificate = {}, .address = "10.0.0.9"};
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "tokens.yaml";
  ManualClock clock{time_from_iso8601("2026-01-01")};
};

TEST_F(AccessTest, NobodyWithoutATokenUnlessItIsSaid) {
  Access closed({}), half({.tokens = {}, .anonymous = Anonymous::kAllButAdmin}), open({.tokens = {}, .anonymous = Anonymous::kAll});
  for (const Role role : {Role::kAny, Role::kInfer, Role::kLabel, Role::kExplain, Role::kAdmin}) {
    EXPECT_EQ(code(closed.allow({}, role, "m")), RefusalCode::kUnauthenticated);
    EXPECT_EQ(half.allow({}, role, "m").has_value(), role != Role::kAdmin);
    EXPECT_TRUE(open.allow({}, role, "m"));
    EXPECT_TRUE(open.allow(with("Basic eDp5"), role, "m"));  // of a proxy in front
  }
  EXPECT_TRUE(closed.allow({}, Role::kOpen, ""));
}

TEST_F(AccessTest, ATokenMayWhatItsRolesSay) {
  write("{infer: [price]}");
  Access access({.tokens = file});
  const auto shop = access.allow(with("Bearer upk_shop"), Role::kInfer, "price");
  ASSERT_TRUE(shop);
  EXPECT_EQ(shop->name, "shop");
  EXPECT_TRUE(access.allow(with("bearer   upk_shop"), Role::kInfer, "price"));
  EXPECT_TRUE(access.allow(with("Bearer upk_shop"), Role::kAny, ""));
  EXPECT_EQ(access.name_of(with("Bearer upk_shop")), "shop");
  EXPECT_EQ(access.name_of(with("Bearer upk_other")), "");
  EXPECT_EQ(code(access.allow(with("Bearer upk_shop"), Role::kInfer, "other")), RefusalCode::kForbidden);
  EXPECT_EQ(access.allow(with("Bearer upk_shop"), Role::kAdmin, "price").error().message, "shop may not admin model \"price\"");
  for (const auto* wrong : {"", "Bearer", "Bearer ", "Bearer upk_shop2", "Basic upk_shop", "upk_shop", "Bearer upk_shop "})
    EXPECT_EQ(code(access.allow(with(wrong), Role::kInfer, "price")), RefusalCode::kUnauthenticated) << wrong;
}

TEST_F(AccessTest, ACertificateIsACaller) {
  write_file(file, "certificates: [{name: batch.example, allow: {infer: [\"*\"]}}]");
  Access access({.tokens = file});
  EXPECT_EQ(access.allow({.authorization = {}, .certificate = "batch.example", .address = {}}, Role::kInfer, "m")->name, "batch.example");
  EXPECT_EQ(code(access.allow({.authorization = {}, .certificate = "other.example", .address = {}}, Role::kInfer, "m")),
            RefusalCode::kUnauthenticated);
}

TEST_F(AccessTest, AccessExpires) {
  write("{infer: [\"*\"]}", ", expires: \"2026-01-02\"");
  Access access({.tokens = file}, clock);
  EXPECT_TRUE(access.allow(with("Bearer upk_shop"), Role::kInfer, "m"));
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(code(access.allow(with("Bearer upk_shop"), Role::kInfer, "m")), RefusalCode::kUnauthenticated);
}

TEST_F(AccessTest, LimitsArePerCaller) {
  write("{infer: [\"*\"]}",
        ", concurrent: 1}, {name: other, sha256: \"" + sha256("upk_other") + "\", allow: {infer: [\"*\"]}, requests_per_s: 0.5");
  Access access({.tokens = file});
  auto running = access.allow(with("Bearer upk_shop"), Role::kInfer, "m");
  ASSERT_TRUE(running);
  EXPECT_EQ(code(access.allow(with("Bearer upk_shop"), Role::kInfer, "m")), RefusalCode::kLimited);
  running->slot.reset();
  EXPECT_TRUE(access.allow(with("Bearer upk_shop"), Role::kInfer, "m"));
  EXPECT_TRUE(access.allow(with("Bearer upk_other"), Role::kInfer, "m"));
  const auto limited = access.allow(with("Bearer upk_other"), Role::kInfer, "m");
  ASSERT_EQ(code(limited), RefusalCode::kLimited);
  EXPECT_EQ(limited.error().retry_after_s, 2);
}

TEST_F(AccessTest, TheFileIsReadAgainAndABrokenOneChangesNothing) {
  write("{infer: [\"*\"]}");
  Access access({.tokens = file});
  EXPECT_EQ(code(access.allow(with("Bearer upk_shop"), Role::kLabel, "m")), RefusalCode::kForbidden);
  write("{label: [\"*\"]}");
  access.refresh();
  EXPECT_TRUE(access.allow(with("Bearer upk_shop"), Role::kLabel, "m"));
  write_file(file, "tokens: [");
  testing::internal::CaptureStderr();
  access.refresh();
  access.refresh();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("the tokens before it stay valid"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  EXPECT_TRUE(access.allow(with("Bearer upk_shop"), Role::kLabel, "m"));
  std::filesystem::remove(file);
  access.refresh();
  EXPECT_TRUE(access.allow(with("Bearer upk_shop"), Role::kLabel, "m"));
  EXPECT_THROW(Access({.tokens = file}), Error);
}

TEST(IsLoopback, OfAddressesAndNames) {
  EXPECT_TRUE(is_loopback("127.0.0.1") && is_loopback("127.1.2.3") && is_loopback("::1") && is_loopback("localhost"));
  EXPECT_FALSE(is_loopback("0.0.0.0") || is_loopback("::") || is_loopback("10.0.0.1") || is_loopback("127.example.com"));
}

}  // namespace
}  // namespace upkeep::serve
