#include "train/kernels/shared/onednn.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "base/names.hpp"

namespace upkeep::kernels::onednn {
namespace {

constexpr const char* kNames[] = {"libdnnl.so.3", "libdnnl.so.3.6", "libdnnl.so"};

void* open_library(std::string& problem) {
  // Its OpenMP threads would spin between two operators, on cores that the runtime's own threads need. Read when OpenMP is loaded.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  for (const char* name : kNames) {
    if (void* opened = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return opened;
    problem = ::dlerror();
  }
  return nullptr;
}

template <typename Function>
void find_symbol(void* opened, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(opened, name));
  if (!function) throw Error(ErrorCode::kNotFound, std::string("oneDNN's library has no ") + name);
}

Library load_library() {
  std::string problem;
  void* opened = open_library(problem);
  if (!opened) throw Error(ErrorCode::kNotFound, "oneDNN's library cannot be loaded: " + problem, "scripts/bootstrap installs it");
  Library made;
#define UPKEEP_ONEDNN_FIND(NAME) find_symbol(opened, "dnnl_" #NAME, made.NAME);
  UPKEEP_ONEDNN_FUNCTIONS(UPKEEP_ONEDNN_FIND)
#undef UPKEEP_ONEDNN_FIND
  find_symbol(opened, "omp_set_num_threads", made.set_threads);
  check(made.engine_create(&made.engine, dnnl_cpu, 0), "oneDNN's engine");
  check(made.stream_create(&made.stream, made.engine, dnnl_stream_default_flags), "oneDNN's stream");
  return made;
}

Sizes row_strides(const Sizes& sizes) {
  Sizes strides(sizes.size(), 1);
  for (std::size_t i = sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::int64_t>(sizes[i], 1);
  return strides;
}

}  // namespace

void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success) throw Error(ErrorCode::kInternal, std::string(what) + ": oneDNN answers " + std::to_string(status));
}

const Library& library() {
  static const Library loaded = load_library();  // for the life of the process
  return loaded;
}

bool available() {
  static const bool found = [] {
    try {
      library();
      return true;
    } catch (const Error&) {
      return false;
    }
  }();
  return found;
}

// --- Layout --------------------------------------------------------------------------------------------------------

Layout::Layout(dnnl_memory_desc_t taken) : desc_(taken, [](dnnl_memory_desc_t desc) { library().memory_desc_destroy(desc); }) {}

Layout Layout::rows(const Sizes& sizes) {
  dnnl_memory_desc_t made = nullptr;
  const Sizes strides = row_strides(sizes);
  check(library().memory_desc_create_with_strides(&made, static_cast<int>(sizes.size()), sizes.data(), dnnl_f32, strides.data()),
        "a layout");
  return Layout(made);
}

Layout Layout::tagged(const Sizes& sizes, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t made = nullptr;
  check(library().memory_desc_create_with_tag(&made, static_cast<int>(sizes.size()), sizes.data(), dnnl_f32, tag), "a layout");
  return Layout(made);
}

Layout Layout::any(const Sizes& sizes) { return tagged(sizes, dnnl_format_tag_any); }

Layout Layout::of(const_dnnl_memory_desc_t described) {
  dnnl_memory_desc_t made = nullptr;
  check(library().memory_desc_clone(&made, described), "a layout");
  return Layout(made);
}

std::size_t Layout::size_bytes() const { return library().memory_desc_get_size(get()); }
bool Layout::operator==(const Layout& other) const { return library().memory_desc_equal(get(), other.get()) != 0; }

// --- Primitive -----------------------------------------------------------------------------------------------------

Primitive::Primitive(dnnl_primitive_desc_t taken)
    : desc_(taken, [](dnnl_primitive_desc_t desc) { library().primitive_desc_destroy(desc); }) {
  dnnl_primitive_t made = nullptr;
  check(library().primitive_create(&made, taken), "an operation");
  primitive_ = {made, [](dnnl_primitive_t primitive) { library().primitive_destroy(primitive); }};
}

Layout Primitive::layout(dnnl_query_t what) const { return Layout::of(library().primitive_desc_query_md(desc_.get(), what, 0)); }

void Primitive::run(std::initializer_list<Argument> arguments) const {
  const Library& dnnl = library();
  if (memories_.empty())
    for (const Argument& argument : arguments) {
      dnnl_memory_t made = nullptr;
      check(dnnl.memory_create(&made, argument.layout.get(), dnnl.engine, nullptr), "memory");
      memories_.emplace_back(argument.index,
                             std::shared_ptr<dnnl_memory>(made, [](dnnl_memory_t memory) { library().memory_destroy(memory); }));
    }
  std::vector<dnnl_exec_arg_t> list;
  auto memory = memories_.begin();
  for (const Argument& argument : arguments) {
    check(dnnl.memory_set_data_handle(memory->second.get(), const_cast<void*>(argument.data)), "memory");
    list.push_back({argument.index, (memory++)->second.get()});
  }
  check(dnnl.primitive_execute(primitive_.get(), dnnl.stream, static_cast<int>(list.size()), list.data()), "an operation");
}

// --- Bridge --------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kLine = 16;  // floats of a cache line

Primitive reorder(const Layout& from, const Layout& to) {
  const Library& dnnl = library();
  dnnl_primitive_desc_t made = nullptr;
  check(dnnl.reorder_primitive_desc_create(&made, from.get(), dnnl.engine, to.get(), dnnl.engine, nullptr), "a change of layout");
  return Primitive(made);
}

}  // namespace

Bridge::Bridge(Layout outside, Layout inside) : outside_(std::move(outside)), inside_(std::move(inside)) {
  if (!(outside_ == inside_)) memory_.resize(inside_.size_bytes() / sizeof(float) + kLine);
}

float* Bridge::buffer() {  // from the start of a cache line
  const std::size_t over = reinterpret_cast<std::uintptr_t>(memory_.data()) / sizeof(float) % kLine;
  return memory_.data() + (kLine - over) % kLine;
}

const void* Bridge::in(const void* data) {
  if (memory_.empty()) return data;
  if (!to_inside_) to_inside_ = reorder(outside_, inside_);
  to_inside_.run({{DNNL_ARG_FROM, outside_, data}, {DNNL_ARG_TO, inside_, buffer()}});
  return buffer();
}

void* Bridge::out(void* data) { return memory_.empty() ? data : buffer(); }

void Bridge::finish(void* data) {
  if (memory_.empty()) return;
  if (!to_outside_) to_outside_ = reorder(inside_, outside_);
  to_outside_.run({{DNNL_ARG_FROM, inside_, buffer()}, {DNNL_ARG_TO, outside_, data}});
}

void multiply(std::int64_t rows, std::int64_t columns, std::int64_t inner, Matrix a, Matrix b, float beta, float* c, std::int64_t stride) {
  check(library().sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', rows, columns, inner, 1.0F, a.data, a.stride, b.data, b.stride,
                        beta, c, stride),
        "a matrix product");
}

}  // namespace upkeep::kernels::onednn
