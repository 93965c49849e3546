#include "convert/contained.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "convert/convert_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using testing::StartsWith;

namespace {

std::string text(const ContainedBytes& result) { return {reinterpret_cast<const char*>(result.bytes.data()), result.bytes.size()}; }

}  // namespace

TEST(RunContained, HandsBackWhatTheWorkWrote) {
  const ContainedBytes result = run_contained([](ContainedOutput& output) {
    output.write("one");
    output.align(8);
    output.write("two");
  });
  EXPECT_EQ(text(result), std::string("one\0\0\0\0\0two", 11));
  EXPECT_TRUE(run_contained([](ContainedOutput&) {}).bytes.empty());
}

TEST(RunContained, KeepsTheResultForAsLongAsItsOwner) {
  std::shared_ptr<const void> owner;
  const char* kept = nullptr;
  {
    const ContainedBytes result = run_contained([](ContainedOutput& output) { output.write("still here"); });
    owner = result.owner;
    kept = reinterpret_cast<const char*>(result.bytes.data());
  }
  EXPECT_EQ(std::string(kept, 10), "still here");
}

TEST(RunContained, LeavesThisProcessAsItWas) {
  int number = 1;
  run_contained([&](ContainedOutput&) { number = 2; });
  EXPECT_EQ(number, 1);
}

TEST(RunContained, ThrowsWhatTheWorkThrows) {
  try {
    run_contained([](ContainedOutput& output) {
      output.write("half a result");
      throw Error(ErrorCode::kNotFound, "no weight", "look elsewhere").in("layer \"d\"").in("file");
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_STREQ(error.what(), Error(ErrorCode::kNotFound, "no weight", "look elsewhere").in("layer \"d\"").in("file").what());
  }
}

TEST(RunContained, SurvivesACrash) {
  EXPECT_THAT(message_of([] { run_contained([](ContainedOutput&) { ::raise(SIGKILL); }); }), HasSubstr("too long"));
  EXPECT_THAT(message_of([] { run_contained([](ContainedOutput&) { ::raise(SIGTERM); }); }), HasSubstr("crashes"));
  EXPECT_THAT(message_of([] { run_contained([](ContainedOutput&) { ::_exit(7); }); }), HasSubstr("crashes"));
  EXPECT_THAT(message_of([] { run_contained([](ContainedOutput&) { ::_exit(7); }, {.work = "counting"}); }),
              StartsWith("counting crashes"));
}

TEST(RunContained, EndsALoop) {
  const auto loop = [](ContainedOutput&) {
    for (std::atomic<std::uint64_t> i = 0;; ++i) continue;
  };
  EXPECT_THAT(message_of([&] { run_contained(loop, {.processor_time = std::chrono::seconds(1)}); }), HasSubstr("too long"));
}

TEST(RunContained, EndsAWait) {
  const auto wait = [](ContainedOutput&) { ::pause(); };
  EXPECT_THAT(message_of([&] { run_contained(wait, {.wall_time = std::chrono::seconds(0)}); }), HasSubstr("too long"));
}

TEST(RunContained, RefusesMemoryBeyondTheLimit) {
  const auto hungry = [](ContainedOutput& output) {
    const std::vector<char> much(std::size_t{1} << 32, 'x');
    output.write(std::string_view(much.data(), 1));
  };
  EXPECT_NE(message_of([&] { run_contained(hungry, {.memory_bytes = std::size_t{1} << 30}); }), "no error");
}

TEST(RunContained, SaysWhereTheWorkEnded) {
  const auto ended = [](const std::function<void()>& work) {
    return message_of([&] {
      run_contained([&](ContainedOutput&) {
        in_contained_context("the first entry", [] {});
        {
          const ContainedPlace second("the second entry");
        }
        in_contained_context("the third entry", [&] { in_contained_context("its value", work); });
      });
    });
  };
  EXPECT_THAT(ended([] { ::raise(SIGKILL); }), StartsWith("the third entry: its value: reading it takes too long"));
  EXPECT_THAT(ended([] { ::raise(SIGSEGV); }), StartsWith("the third entry: its value: reading it crashes"));
  EXPECT_THAT(ended([] { throw std::bad_alloc(); }), StartsWith("the third entry: its value: it asks for more memory"));
  EXPECT_THAT(ended([] { throw Error(ErrorCode::kCorrupt, "odd"); }), StartsWith("the third entry: its value: odd"));
}

TEST(RunContained, CutsPlacesThatAreTooLong) {
  const auto ended = message_of([] {
    run_contained([](ContainedOutput&) {
      in_contained_context(
          "a", [] { in_contained_context(std::string(1 << 20, 'b'), [] { in_contained_context("c", [] { ::raise(SIGKILL); }); }); });
    });
  });
  EXPECT_THAT(ended, StartsWith("a: bbbb"));
  EXPECT_THAT(ended, HasSubstr("bbbb: reading it takes too long"));
  EXPECT_LT(ended.size(), 10'000);
}

TEST(RunContained, KeepsOpenFilesFromTheChild) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const ContainedBytes result =
      run_contained([&](ContainedOutput& output) { output.write(::write(ends[1], "x", 1) < 0 ? "closed" : "open"); });
  EXPECT_EQ(text(result), "closed");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(RunContained, MayBeCalledFromSeveralThreads) {
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&right, i] {
        for (int round = 0; round < 10; ++round)
          right += text(run_contained([i](ContainedOutput& output) { output.write(std::to_string(i)); })) == std::to_string(i) ? 1 : 0;
      });
  }
  EXPECT_EQ(right, 40);
}

}  // namespace upkeep
