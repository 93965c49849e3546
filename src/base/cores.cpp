#include "base/cores.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace upkeep {

int cores() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

int threads_or_cores(int threads) { return threads > 0 ? threads : cores(); }

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work, int threads) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<std::exception_ptr> problems(count);
  const auto run = [&] {
    while (!failed) {  // what was begun is ended, so that nothing before the first problem stays undone
      const std::size_t i = next++;
      if (i >= count) return;
      try {
        work(i);
      } catch (...) {
        problems[i] = std::current_exception();
        failed = true;
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(count, static_cast<std::size_t>(std::max(1, threads))); ++i) others.emplace_back(run);
    run();
  }
  for (const std::exception_ptr& problem : problems)
    if (problem) std::rethrow_exception(problem);
}

}  // namespace upkeep
