#include "data/sources/shared/pixel_columns.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

namespace {

Shape parse_shape(const std::string& text) {
  Shape shape;
  for (const std::string& part : split(text, 'x')) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), size);
    if (error != std::errc() || end != part.data() + part.size() || size < 1 || size > 65536) shape.push_back(-1);
    else shape.push_back(size);
  }
  if (shape.size() == 2) shape.push_back(1);
  if (shape.size() != 3 || std::ranges::contains(shape, -1))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("image_shape \"{}\" is no shape of images", text),
                "HEIGHTxWIDTHxCHANNELS, such as 8x8x1");
  return shape;
}

bool is_pixel_column(const Tensor& values) { return values.rank() == 1 && size_bits(values.dtype()) >= 8; }

std::string stem_of(const std::string& name) { return name.substr(0, name.find_first_of("0123456789")); }

using Names = std::vector<std::string>;

Names with_prefix(const Table& table, const std::string& prefix) {
  Names names;
  for (const auto& [name, values] : table.columns())
    if (is_pixel_column(values) && name.starts_with(prefix)) names.push_back(name);
  return names;
}

// Groups of columns whose names are alike up to the first digit, those of the right size.
std::vector<Names> alike(const Table& table, std::size_t count) {
  std::map<std::string, Names> groups;
  for (const auto& [name, values] : table.columns())
    if (is_pixel_column(values)) groups[stem_of(name)].push_back(name);
  std::vector<Names> fitting;
  for (auto& [stem, names] : groups)
    if (names.size() == count) fitting.push_back(std::move(names));
  return fitting;
}

Names pixel_names(const Table& table, const TableSettings& settings, std::size_t count) {
  if (!settings.pixels.empty()) {
    Names names = with_prefix(table, settings.pixels);
    if (names.size() == count) return names;
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("images of {} need {} columns of pixels, \"{}\" begins {}",
                                                            settings.image_shape, count, settings.pixels, names.size()));
  }
  std::vector<Names> groups = alike(table, count);
  if (groups.size() == 1) return groups.front();
  throw Error(ErrorCode::kInvalidArgument,
              groups.empty() ? upkeep::format("images of {} need {} columns of pixels, whose names are alike up to a number",
                                              settings.image_shape, count)
                             : upkeep::format("{} groups of columns could be the pixels", groups.size()),
              "pixels=PREFIX says what their names begin with; columns are: " + join(table.names()));
}

template <typename Element>
Tensor side_by_side(const std::vector<Tensor>& columns, const Shape& shape) {
  std::vector<Element> pixels(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Tensor column = columns[i].cast(DTypeOf<Element>::value);
    const std::span<const Element> values = column.data<Element>();
    for (std::size_t row = 0; row < values.size(); ++row) pixels[row * columns.size() + i] = values[row];
  }
  return Tensor(shape, std::move(pixels));
}

// Whether float32 holds every number, or NaN, of the column.
bool fits_float32(const Tensor& column) {
  const Tensor wide = column.cast(DType::kFloat64);
  return std::ranges::none_of(wide.data<double>(),
                              [](double value) { return static_cast<double>(static_cast<float>(value)) != value && value == value; });
}

Tensor side_by_side(const Table& table, const Names& names, const Shape& shape) {
  std::vector<Tensor> columns;
  for (const std::string& name : names) columns.push_back(table.column(name));
  return std::ranges::all_of(columns, fits_float32) ? side_by_side<float>(columns, shape) : side_by_side<double>(columns, shape);
}

// A column [N, H * W * C], or of another shape with as many numbers, as [N, H, W, C].
Table reshape_column(const Table& table, const std::string& which, const Shape& shape) {
  Table packed;
  for (const auto& [name, values] : table.columns()) packed.add(name, name == which ? values.reshaped(shape) : values);
  return packed;
}

}  // namespace

Table pack_pixels(const Table& table, const TableSettings& settings) {
  if (settings.image_shape.empty()) return table;
  Shape shape = parse_shape(settings.image_shape);
  const std::int64_t count = element_count(shape);
  shape.insert(shape.begin(), table.rows());
  Names whole;
  for (const auto& [name, values] : table.columns())
    if (values.rank() > 1 && values.size() == count * table.rows() && size_bits(values.dtype()) >= 8) whole.push_back(name);
  Table packed;
  if (whole.size() == 1 && settings.pixels.empty()) {
    packed = reshape_column(table, whole.front(), shape);
  } else {
    const Names names = pixel_names(table, settings, static_cast<std::size_t>(count));
    for (const auto& [name, values] : table.columns()) {
      if (name == names.front()) packed.add("image", side_by_side(table, names, shape));
      else if (!std::ranges::contains(names, name)) packed.add(name, values);
    }
  }
  packed.describe_like(table);
  return packed;
}

}  // namespace upkeep::sources
