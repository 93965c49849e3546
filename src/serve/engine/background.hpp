// Threads for work of requests that takes long or waits for a disk, so that threads of the network do neither.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace upkeep::serve {

class Background {
 public:
  explicit Background(int threads);
  ~Background();                                    // ends what runs and drops what waits
  void post(std::move_only_function<void()> work);  // any thread; must not throw

 private:
  void serve();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace upkeep::serve
