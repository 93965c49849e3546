// ONNX Runtime's own format, for phones: its reduced builds read nothing else.
//
// It holds what the runtime has made of the graph, optimised and in its own operators, not the graph: the file can be run and compared, but
// not read back as a model.

#include "convert/formats/format.hpp"
#include "runtime/ort_file.hpp"

namespace upkeep::formats {

struct Ort {
  std::string optimize = "extended";
};

}  // namespace upkeep::formats

namespace upkeep {

template <>
inline const Settings settings<formats::Ort> = describe<formats::Ort>(
    "ort", "ONNX Runtime's format for phones; can be run and compared, not read back",
    field("optimize", &formats::Ort::optimize, "how far ONNX Runtime optimises the graph; `all` fits the processor that writes",
          one_of({"none", "basic", "extended", "all"})));

}  // namespace upkeep

namespace upkeep::formats {

namespace {

constexpr std::string_view kIdentifier = "ORTM";  // of the FlatBuffer, behind its first offset

bool looks_like_ort(std::string_view head) { return head.size() > 8 && head.substr(4, 4) == kIdentifier; }

Model load_ort(const std::filesystem::path&) {
  throw Error(ErrorCode::kUnsupported, "an .ort file holds no graph that could be read", "it was made from an ONNX model: use that one");
}

// The runtime writes the file by itself, so it is written aside first.
void save_ort(const Model& model, const std::filesystem::path& file, const Json& values) {
  const formats::Ort options = parse<formats::Ort>(values);
  const Choices levels = {"none", "basic", "extended", "all"};
  const auto level = static_cast<OrtOptimization>(std::ranges::find(levels, options.optimize) - levels.begin());
  StagedFile staged(file);
  write_ort_file(model, staged.path(), level);
  staged.publish();
}

}  // namespace

void add_ort(FormatCatalog& catalog) {
  const Settings& about = settings<formats::Ort>;
  catalog.add({.name = about.name(),
               .aliases = {},
               .extensions = {".ort"},
               .help = about.help(),
               .settings = about,
               .sniff = looks_like_ort,
               .load = load_ort,
               .save = save_ort,
               .run = [](const std::filesystem::path& file, const Model&, const Tensors& inputs) -> std::optional<Tensors> {
                 return Session::from_ort_file(file).run(inputs);
               }});
}

}  // namespace upkeep::formats
