// Bytes that have come and were not used yet. Private to this folder.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace upkeep::serve {

class Inbox {
 public:
  // Room for what comes next. It stays where it is until the next prepare(), whatever is used up in between.
  std::span<char> prepare(std::size_t most) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < most) move_to(begin_ > 0 && capacity_ - size() >= most ? capacity_ : size() + most);
    return {bytes_.get() + end_, most};
  }
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }
  void append(std::string_view bytes) {
    std::ranges::copy(bytes, prepare(bytes.size()).begin());
    commit(bytes.size());
  }
  std::string_view bytes() const { return {bytes_.get() + begin_, size()}; }
  std::size_t size() const { return end_ - begin_; }
  // Not between prepare() and commit().
  void release_above(std::size_t most) {
    if (size() == 0 && capacity_ > most) *this = {};
  }

 private:
  void move_to(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size() > 0) std::memcpy(larger.get(), bytes_.get() + begin_, size());
    bytes_ = std::move(larger);
    end_ = size();
    begin_ = 0;
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0, end_ = 0, capacity_ = 0;
};

}  // namespace upkeep::serve
