// oneDNN (its C interface), loaded when the first kernel that needs it is made: linking it would add some 20 ms to every start of the
// program. Seen by this folder only.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::kernels::onednn {

// --- the library ---------------------------------------------------------------------------------------------------

#define UPKEEP_ONEDNN_FUNCTIONS(X)                      \
  X(engine_create)                                      \
  X(stream_create)                                      \
  X(memory_desc_create_with_strides)                    \
  X(memory_desc_create_with_tag)                        \
  X(memory_desc_clone)                                  \
  X(memory_desc_destroy)                                \
  X(memory_desc_equal)                                  \
  X(memory_desc_get_size)                               \
  X(memory_create)                                      \
  X(memory_set_data_handle)                             \
  X(memory_destroy)                                     \
  X(primitive_attr_create)                              \
  X(primitive_attr_destroy)                             \
  X(primitive_attr_set_post_ops)                        \
  X(post_ops_create)                                    \
  X(post_ops_destroy)                                   \
  X(post_ops_append_eltwise)                            \
  X(convolution_forward_primitive_desc_create)          \
  X(convolution_backward_data_primitive_desc_create)    \
  X(convolution_backward_weights_primitive_desc_create) \
  X(reorder_primitive_desc_create)                      \
  X(primitive_desc_query_md)                            \
  X(primitive_desc_destroy)                             \
  X(primitive_create)                                   \
  X(primitive_execute)                                  \
  X(primitive_destroy)                                  \
  X(sgemm)

struct Library {
#define UPKEEP_ONEDNN_MEMBER(NAME) decltype(&dnnl_##NAME) NAME = nullptr;
  UPKEEP_ONEDNN_FUNCTIONS(UPKEEP_ONEDNN_MEMBER)
#undef UPKEEP_ONEDNN_MEMBER
  void (*set_threads)(int) = nullptr;  // of the OpenMP runtime below it, for the calling thread
  dnnl_engine_t engine = nullptr;
  dnnl_stream_t stream = nullptr;
};

// Whether there is a library to load. False is final: kernels then leave their work to standard operators.
bool available();
// Loads it on the first call. Throws Error{kNotFound} where there is none.
const Library& library();

// Throws Error{kInternal} unless a call succeeded.
void check(dnnl_status_t status, const char* what);

// --- what kernels use of it ------------------------------------------------------------------------------------------

using Sizes = std::vector<std::int64_t>;

// How a tensor lies in memory. Copies share it.
class Layout {
 public:
  Layout() = default;
  static Layout rows(const Sizes& sizes);                           // row-major, as ONNX has it
  static Layout any(const Sizes& sizes);                            // oneDNN chooses
  static Layout tagged(const Sizes& sizes, dnnl_format_tag_t tag);  // as named
  static Layout of(const_dnnl_memory_desc_t described);             // a copy
  const_dnnl_memory_desc_t get() const { return desc_.get(); }      // null: none
  std::size_t size_bytes() const;
  bool operator==(const Layout& other) const;

 private:
  explicit Layout(dnnl_memory_desc_t taken);
  std::shared_ptr<dnnl_memory_desc> desc_;
};

struct Argument {
  int index;  // DNNL_ARG_...
  const Layout& layout;
  const void* data;
};

// An operation made ready for one shape.
class Primitive {
 public:
  Primitive() = default;
  explicit Primitive(dnnl_primitive_desc_t taken);
  explicit operator bool() const { return primitive_ != nullptr; }
  const_dnnl_primitive_desc_t description() const { return desc_.get(); }
  Layout layout(dnnl_query_t what) const;  // dnnl_query_src_md, ...
  void run(std::initializer_list<Argument> arguments) const;

 private:
  std::shared_ptr<dnnl_primitive_desc> desc_;
  std::shared_ptr<dnnl_primitive> primitive_;
  mutable std::vector<std::pair<int, std::shared_ptr<dnnl_memory>>> memories_;  // by argument, made in the first run
};

// Data between the layout that a kernel is given and the one that oneDNN wants: copied only where they differ.
class Bridge {
 public:
  Bridge() = default;
  Bridge(Layout outside, Layout inside);
  const Layout& layout() const { return inside_; }
  const void* in(const void* data);  // to be read by oneDNN
  void* out(void* data);             // where oneDNN shall write
  void finish(void* data);           // after it has written: `data` is that of out()

 private:
  float* buffer();
  Layout outside_, inside_;
  Primitive to_inside_, to_outside_;
  std::vector<float> memory_;  // empty when nothing is copied
};

// C = A B + beta C, row-major; A' stands for A transposed when so said.
struct Matrix {
  const float* data;
  std::int64_t stride;  // elements from row to row
  bool transposed = false;
};
void multiply(std::int64_t rows, std::int64_t columns, std::int64_t inner, Matrix a, Matrix b, float beta, float* c, std::int64_t stride);

}  // namespace upkeep::kernels::onednn
