#include "analyze/match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

// By trying every subset of the first.
std::size_t longest_by_trial(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  std::size_t longest = 0;
  for (unsigned subset = 0; subset < (1U << first.size()); ++subset) {
    std::size_t at = 0;
    std::size_t found = 0;
    bool fits = true;
    for (std::size_t i = 0; i < first.size() && fits; ++i) {
      if ((subset >> i & 1U) == 0) continue;
      while (at < second.size() && second[at] != first[i]) ++at;
      fits = at++ < second.size();
      ++found;
    }
    if (fits) longest = std::max(longest, found);
  }
  return longest;
}

}  // namespace

TEST(LongestCommon, SkipsWhatOnlyOneHas) {
  EXPECT_THAT(longest_common({"a", "b", "c", "d"}, {"a", "x", "c", "d"}), ElementsAre(Pair(0, 0), Pair(2, 2), Pair(3, 3)));
  EXPECT_THAT(longest_common({"a", "b"}, {"new", "a", "b"}), ElementsAre(Pair(0, 1), Pair(1, 2)));
  EXPECT_THAT(longest_common({}, {"a"}), IsEmpty());
}

TEST(LongestCommon, IsAsLongAsCanBe) {
  Random random(3);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<std::string> lists[2];
    for (auto& list : lists)
      for (std::uint64_t i = random.below(10); i > 0; --i) list.push_back(std::string(1, static_cast<char>('a' + random.below(3))));
    const auto pairs = longest_common(lists[0], lists[1]);
    EXPECT_EQ(pairs.size(), longest_by_trial(lists[0], lists[1]));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_EQ(lists[0][pairs[i].first], lists[1][pairs[i].second]);
      EXPECT_TRUE(i == 0 || (pairs[i - 1].first < pairs[i].first && pairs[i - 1].second < pairs[i].second));
    }
  }
}

TEST(OutOfOrder, NamesTheFewestThatMoved) {
  EXPECT_THAT(out_of_order({0, 1, 2}), IsEmpty());
  EXPECT_THAT(out_of_order({3, 0, 1, 2}), ElementsAre(0U));
  EXPECT_THAT(out_of_order({0, 2, 3, 1}), ElementsAre(3U));
  EXPECT_THAT(out_of_order({}), IsEmpty());
}

}  // namespace upkeep
