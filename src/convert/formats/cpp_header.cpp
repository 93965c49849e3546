// A C++20 header that computes the model, for programs and devices that carry no runtime (convert/firmware). Written, never read: the proof
// that its answers are the model's is made with the system's compiler, where there is one.

#include "base/files.hpp"
#include "convert/firmware/shared/run.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::formats {

namespace {

std::optional<Tensors> run(const std::filesystem::path& file, const Model& model, const Tensors& inputs) {
  const std::optional<std::string> compiler = firmware::compiler();
  if (!compiler) return std::nullopt;
  return firmware::run_headers({{.file = file, .interface = firmware::interface_of(model), .inputs = inputs}}, *compiler).at(0);
}

}  // namespace

void add_cpp_header(FormatCatalog& catalog) {
  catalog.add(
      {.name = "cpp-header",
       .aliases = {},
       .extensions = {".hpp", ".h"},
       .help = "C++20 that computes the model with the standard library alone: one row at a time, no heap, no exceptions; written only",
       .settings = {},
       .sniff = nullptr,
       .load = nullptr,
       .save = [](const Model& model, const std::filesystem::path& file) { write_file(file, firmware::header_of(model)); },
       .run = run});
}

}  // namespace upkeep::formats
