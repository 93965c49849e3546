#include "data/loader.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/format.hpp"
#include "data/batch_maker.hpp"

namespace upkeep {

// Batch i of an epoch is made in slot i % slots, as soon as batch i - slots was given back.
struct Loader::State {
  struct Slot {
    std::vector<std::vector<std::byte>> bytes;
    std::vector<std::byte*> columns;
    Batch batch;
    bool ready = false;
    std::exception_ptr problem;
  };

  State(LoaderData data, augment::Pipeline pipeline, const LoaderOptions& chosen)
      : maker(std::move(data), std::move(pipeline), chosen.seed), options(chosen) {}

  std::span<const std::int64_t> rows_of(std::size_t batch) const {
    const auto size = static_cast<std::size_t>(options.batch_size);
    return std::span(order).subspan(batch * size, std::min(size, order.size() - batch * size));
  }

  void make(std::size_t number, std::vector<augment::Sample>& workspace) {
    Slot& slot = slots[number % slots.size()];
    slot.batch.rows = rows_of(number);
    slot.problem = nullptr;
    try {
      maker.make(slot.batch.rows, epoch, slot.columns, workspace);
    } catch (...) {
      slot.problem = std::current_exception();
    }
  }

  bool can_make() const { return claimed < count && claimed < given_back + slots.size(); }

  void work() {
    std::vector<augment::Sample> workspace;
    std::unique_lock lock(mutex);
    while (true) {
      work_to_do.wait(lock, [&] { return stop || can_make(); });
      if (stop) return;
      const std::size_t number = claimed++;
      ++busy;
      lock.unlock();
      make(number, workspace);
      lock.lock();
      --busy;
      slots[number % slots.size()].ready = true;
      batch_made.notify_all();
    }
  }

  // Nobody works on the order and the slots afterwards.
  void settle(std::unique_lock<std::mutex>& lock) {
    count = claimed;
    batch_made.wait(lock, [&] { return busy == 0; });
  }

  const BatchMaker maker;
  const LoaderOptions options;
  std::vector<Slot> slots;
  std::vector<augment::Sample> own_workspace;  // of next(), where there are no threads

  std::mutex mutex;  // guards what follows; `order`, `epoch` and a slot's bytes are settled while a worker reads them
  std::condition_variable work_to_do;
  std::condition_variable batch_made;
  std::vector<std::int64_t> order;
  std::uint32_t epoch = 0;
  std::size_t count = 0;       // batches of the epoch
  std::size_t claimed = 0;     // that were begun
  std::size_t handed = 0;      // that next() gave out
  std::size_t given_back = 0;  // whose slots are free again
  int busy = 0;
  bool stop = false;
  std::vector<std::jthread> threads;  // last: they end before the rest goes
};

static void check(const LoaderOptions& options) {
  const auto refuse = [](bool wrong, const std::string& what, const char* hint) {
    if (wrong) throw Error(ErrorCode::kInvalidArgument, what, hint);
  };
  refuse(options.batch_size < 1, upkeep::format("a batch of {} rows", options.batch_size), "give 1 or more");
  refuse(options.threads < 0 || options.threads > 1024, upkeep::format("{} loader threads", options.threads), "give 0 to 1024");
  refuse(options.prefetch < 0 || options.prefetch > 4096, upkeep::format("{} batches ahead", options.prefetch), "give 0 to 4096");
}

Loader::Loader(LoaderData data, augment::Pipeline pipeline, const LoaderOptions& options) {
  check(options);
  state_ = std::make_unique<State>(std::move(data), std::move(pipeline), options);
  State& state = *state_;
  state.slots.resize(options.threads == 0 ? 1 : static_cast<std::size_t>(options.prefetch) + 1);
  for (std::size_t i = 0; i < state.slots.size(); ++i) {
    State::Slot& slot = state.slots[i];
    for (const BatchColumn& column : columns()) slot.bytes.emplace_back(column.row_bytes * static_cast<std::size_t>(options.batch_size));
    for (std::vector<std::byte>& bytes : slot.bytes) slot.columns.push_back(bytes.data());
    slot.batch.slot = i;
    slot.batch.columns = slot.columns;
  }
  try {
    for (int i = 0; i < options.threads; ++i) state.threads.emplace_back([&state] { state.work(); });
  } catch (...) {  // the system has no more threads; those that there are have to end
    stop();
    throw;
  }
}

Loader::~Loader() { stop(); }

void Loader::stop() {
  const std::scoped_lock lock(state_->mutex);
  state_->stop = true;
  state_->work_to_do.notify_all();
}

const std::vector<BatchColumn>& Loader::columns() const { return state_->maker.columns(); }
std::size_t Loader::slots() const { return state_->slots.size(); }
std::span<std::byte* const> Loader::buffers(std::size_t slot) const { return state_->slots.at(slot).columns; }

void Loader::begin(std::span<const std::int64_t> order, std::int64_t epoch) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.settle(lock);
  state.order.assign(order.begin(), order.end());
  state.epoch = static_cast<std::uint32_t>(epoch);
  for (State::Slot& slot : state.slots) slot.ready = false;
  const auto size = static_cast<std::size_t>(state.options.batch_size);
  state.count = (order.size() + size - 1) / size;
  state.claimed = state.handed = state.given_back = 0;
  state.work_to_do.notify_all();
}

const Batch* Loader::next() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (state.handed > state.given_back) {
    state.slots[state.given_back++ % state.slots.size()].ready = false;
    state.work_to_do.notify_one();
  }
  if (state.handed == state.count) return nullptr;
  State::Slot& slot = state.slots[state.handed % state.slots.size()];
  if (state.threads.empty()) {
    state.make(state.claimed++, state.own_workspace);
  } else {
    state.batch_made.wait(lock, [&] { return slot.ready; });
  }
  if (slot.problem) {
    const std::exception_ptr problem = slot.problem;
    state.settle(lock);
    state.handed = state.given_back = state.count;
    std::rethrow_exception(problem);
  }
  ++state.handed;
  return &slot.batch;
}

}  // namespace upkeep
