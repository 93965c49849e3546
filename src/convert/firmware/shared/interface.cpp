#include <set>

#include "convert/firmware/shared/code.hpp"
#include "convert/firmware/shared/header.hpp"
#include "convert/firmware/shared/prepare.hpp"

namespace upkeep::firmware {

namespace {

// What a name must not be: C++'s keywords and what the header calls its own, between spaces.
constexpr std::string_view kTaken =
    " Inputs Model Outputs alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr "
    "constinit continue decltype default delete detail do double dynamic_cast else enum explicit export extern "
    "false float for friend goto if inline int long main mutable namespace new noexcept not not_eq nullptr "
    "operator or or_eq predict private protected public register reinterpret_cast requires return short signed "
    "sizeof static static_assert static_cast std struct switch template this thread_local throw true try typedef "
    "typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq ";

bool is_taken(const std::string& name) { return kTaken.contains(" " + name + " "); }

std::string free_identifier(const std::string& name, std::set<std::string>& used) {
  std::string wanted = identifier(name);
  if (is_taken(wanted)) wanted += "_";
  std::string made = wanted;
  for (int i = 2; !used.insert(made).second; ++i) made = wanted + "_" + std::to_string(i);
  return made;
}

}  // namespace

Interface interface_of(const Model& model) { return interface_of_prepared(prepared(model)); }

Interface interface_of_prepared(const Model& fixed) {
  std::set<std::string> used;
  Interface all{.space = free_identifier(fixed.graph.name, used), .inputs = {}, .outputs = {}};
  used.clear();
  const auto add = [&](const ValueInfo& value, std::vector<Port>& to) {
    const ValueInfo sized = value_of(fixed.graph, value.name);
    if (element_count(shape_of(sized)) == 0) throw Error(ErrorCode::kInvalidArgument, "\"" + value.name + "\" has no elements");
    to.push_back(
        {.name = value.name, .identifier = free_identifier(value.name, used), .dtype = sized.type.dtype, .shape = shape_of(sized)});
    type_name(sized.type.dtype);  // refuses what C++ does not have
  };
  for (const ValueInfo& input : fixed.graph.inputs) add(input, all.inputs);
  for (const ValueInfo& output : fixed.graph.outputs) add(output, all.outputs);
  return all;
}

}  // namespace upkeep::firmware
