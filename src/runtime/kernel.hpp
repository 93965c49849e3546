// Operators of our own inside a session: what a kernel sees of the runtime, free of its headers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// The attributes of a node, read once when its kernel is made.
class KernelAttributes {
 public:
  virtual ~KernelAttributes() = default;
  virtual std::int64_t integer(const char* name, std::int64_t fallback) const = 0;
  virtual float number(const char* name, float fallback) const = 0;
  virtual std::string text(const char* name, const std::string& fallback) const = 0;
  virtual std::vector<std::int64_t> integers(const char* name) const = 0;  // empty when the node has none of that name
};

// One run of a node: its inputs, and memory for its outputs. Valid during the run only.
class KernelContext {
 public:
  bool has(std::size_t input) const;  // an optional input may be absent
  Shape shape(std::size_t input) const;
  template <typename T>
  const T* input(std::size_t index) const {
    return static_cast<const T*>(raw_input(index));
  }
  // Memory of the runtime, not cleared. nullptr: nobody reads this output.
  template <typename T>
  T* output(std::size_t index, const Shape& shape) {
    return static_cast<T*>(raw_output(index, shape));
  }

  int threads() const { return threads_; }  // how many the session may use; a library with threads of its own keeps to it
  // Calls work(begin, end) for parts of [0, count) that are at least `grain` long, on the session's threads. `work` must not throw.
  template <typename Work>
  void parallel_for(std::int64_t count, std::int64_t grain, const Work& work) {
    const std::int64_t parts = parts_of(count, grain);
    if (parts <= 1) return count > 0 ? work(std::int64_t{0}, count) : void();
    const Split<Work> split{work, count, parts};
    run_parts(&split, parts, [](void* data, std::size_t part) {
      const auto& [body, total, number] = *static_cast<const Split<Work>*>(data);
      const auto at = static_cast<std::int64_t>(part);
      body(total * at / number, total * (at + 1) / number);
    });
  }

 private:
  friend struct KernelRunner;
  KernelContext(void* context, int threads) : context_(context), threads_(threads) {}

  template <typename Work>
  struct Split {
    const Work& work;
    std::int64_t count, parts;
  };
  const void* raw_input(std::size_t index) const;
  void* raw_output(std::size_t index, const Shape& shape);
  std::int64_t parts_of(std::int64_t count, std::int64_t grain) const;
  void run_parts(const void* split, std::int64_t parts, void (*one)(void*, std::size_t));

  void* context_;
  int threads_;
};

// The work of one node of one session. Runs of one kernel never overlap, so it may keep buffers and whatever it prepares per shape.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void run(KernelContext& context) = 0;
};

struct KernelType {
  std::string name;  // the operator
  std::vector<DType> inputs;
  std::size_t required_inputs = 0;  // those after may be absent
  std::vector<DType> outputs;       // any of them may be left out by a node
  std::function<std::unique_ptr<Kernel>(const KernelAttributes&)> make;
};

// Operators under one domain, for SessionOptions::kernels.
struct KernelDomain {
  std::string name;
  std::vector<KernelType> types;
};

}  // namespace upkeep
