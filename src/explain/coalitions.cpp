// A mixed row is made by bytes: (background & ~mask) | (row & mask), where the mask has ones at the elements of the coalition's features.
// That costs the same for every coalition, whatever its features are, and reads and writes memory in order.

#include "explain/coalitions.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <numeric>
#include <unordered_map>

#include "base/cores.hpp"
#include "base/format.hpp"
#include "data/rows.hpp"

namespace upkeep::explain {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;  // rows that are made before the model reads them: they stay in a core's cache
constexpr std::size_t kRowsWorthAThread = 8192;
constexpr std::size_t kMostRemembered = std::size_t{1} << 20;  // coalitions

using Words = std::vector<std::uint64_t>;  // a set of players

// One input of the model, as bytes or texts.
struct Mixed {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape row_shape;           // without the axis of rows
  std::size_t row_size = 0;  // in bytes; of texts, in elements
  const Tensor* row = nullptr;
  const Tensor* background = nullptr;
  const std::byte *row_data = nullptr, *background_data = nullptr;       // of bytes
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> places;  // by player: [begin, end) in units of row_size
};

// What one thread makes rows in.
struct Buffers {
  std::vector<std::vector<std::byte>> bytes;  // by input
  std::vector<std::vector<std::byte>> masks;
};

// Rows of one coalition: with each of these background rows.
struct Wanted {
  const Coalition* coalition = nullptr;
  std::vector<std::int64_t> background;  // ascending
  std::size_t first = 0;                 // place of the first row's answer
};

void mix(std::byte* to, const std::byte* row, const std::byte* background, const std::byte* mask, std::size_t size) {
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= size; i += sizeof(std::uint64_t)) {
    std::uint64_t a, b, m;
    std::memcpy(&a, row + i, sizeof a);
    std::memcpy(&b, background + i, sizeof b);
    std::memcpy(&m, mask + i, sizeof m);
    a = (b & ~m) | (a & m);
    std::memcpy(to + i, &a, sizeof a);
  }
  for (; i < size; ++i) to[i] = (background[i] & ~mask[i]) | (row[i] & mask[i]);
}

void expect_alike(const std::string& name, const Tensor& row, const Tensors& background) {
  const auto found = background.find(name);
  if (found == background.end())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the background has no rows of input \"{}\"", name),
                "give background rows with the columns that the model reads");
  const Tensor& other = found->second;
  if (other.dtype() == row.dtype() && other.rank() == row.rank() &&
      std::equal(row.shape().begin() + 1, row.shape().end(), other.shape().begin() + 1))
    return;
  throw Error(ErrorCode::kInvalidArgument,
              upkeep::format("the background's rows of input \"{}\" are {}{}", name, to_string(other.dtype()), to_string(other.shape())),
              upkeep::format("the explained row is {}{}", to_string(row.dtype()), to_string(row.shape())));
}

bool same_places(const Mixed& input, std::int64_t background_row, const std::vector<std::int64_t>& elements) {
  const auto first = static_cast<std::size_t>(background_row) * input.row_size;
  if (input.dtype == DType::kString)
    return std::ranges::all_of(elements, [&](std::int64_t e) {
      const auto at = static_cast<std::size_t>(e);
      return input.row->strings()[at] == input.background->strings()[first + at];
    });
  const std::size_t size = size_bits(input.dtype) / 8;
  return std::ranges::all_of(elements, [&](std::int64_t e) {
    const std::size_t at = static_cast<std::size_t>(e) * size;
    return std::memcmp(input.row_data + at, input.background_data + first + at, size) == 0;
  });
}

std::vector<std::pair<std::size_t, std::size_t>> runs_of(const std::vector<std::int64_t>& elements, std::size_t size) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (const std::int64_t element : elements) {
    const std::size_t at = static_cast<std::size_t>(element) * size;
    if (!runs.empty() && runs.back().second == at) runs.back().second = at + size;
    else runs.emplace_back(at, at + size);
  }
  return runs;
}

}  // namespace

struct CoalitionGame::State {
  explicit State(const Question& asked) : question(asked) {}

  void read_inputs();
  void find_players();
  void answer_ends();
  bool equals_row(const Words& coalition, std::int64_t background_row) const;
  Words words_of(const Coalition& coalition) const;
  std::vector<double> run(std::vector<Wanted>& wanted);
  void run_piece(std::span<const Wanted> piece, std::vector<double>& answers);
  Tensors made(std::span<const Wanted> piece, std::int64_t rows, Buffers& buffers) const;
  Tensor made_of_bytes(std::size_t place, std::span<const Wanted> piece, std::int64_t rows, Buffers& buffers) const;
  Tensor made_of_texts(const Mixed& input, std::span<const Wanted> piece, std::int64_t rows) const;
  void expect_finite(double answer, std::int64_t background_row) const;
  void expect_affordable(std::size_t rows) const;

  const Question& question;
  std::vector<Mixed> inputs;
  std::vector<std::size_t> players;
  std::vector<Words> different;  // by background row: the players in which it differs from the row
  double answer = 0, base = 0;
  std::unordered_map<std::string, double> known;  // values by the coalition's bits
  std::mutex mutex;
  std::vector<std::unique_ptr<Buffers>> idle;
};

void CoalitionGame::State::read_inputs() {
  const Background& background = question.background;
  if (background.size() == 0)
    throw Error(ErrorCode::kInvalidArgument, "the background has no rows", "give rows like those that the model was trained on");
  for (const auto& [name, row] : question.row) {
    if (row.rank() == 0) continue;
    expect_alike(name, row, background.rows);
    const Tensor& others = background.rows.at(name);
    if (others.dim(0) != background.size())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("the background has {} rows of input \"{}\" and {} weights", others.dim(0), name, background.size()));
    Mixed input{.name = name, .dtype = row.dtype(), .row_shape = Shape(row.shape().begin() + 1, row.shape().end())};
    input.row_size = row.dtype() == DType::kString ? static_cast<std::size_t>(row.size()) : row_bytes(row);
    input.row = &row;
    input.background = &others;
    if (row.dtype() != DType::kString) {
      input.row_data = row.bytes().data();
      input.background_data = others.bytes().data();
    }
    inputs.push_back(std::move(input));
  }
}

void CoalitionGame::State::find_players() {
  const std::vector<ExplainedFeature>& features = question.subject.features();
  const std::int64_t rows = question.background.size();
  std::vector<std::vector<std::int64_t>> differing;  // by player: background rows
  for (std::size_t f = 0; f < features.size(); ++f) {
    std::vector<std::int64_t> differs;
    for (std::int64_t b = 0; b < rows; ++b) {
      const bool same = std::ranges::all_of(features[f].parts, [&](const InputElements& part) {
        const auto input = std::ranges::find(inputs, part.input, &Mixed::name);
        return input == inputs.end() || same_places(*input, b, part.elements);
      });
      if (!same) differs.push_back(b);
    }
    if (differs.empty()) continue;
    players.push_back(f);
    differing.push_back(std::move(differs));
  }
  different.assign(static_cast<std::size_t>(rows), Words((players.size() + 63) / 64));
  for (std::size_t p = 0; p < players.size(); ++p)
    for (const std::int64_t b : differing[p]) different[static_cast<std::size_t>(b)][p / 64] |= std::uint64_t{1} << (p % 64);
  for (Mixed& input : inputs) {
    const std::size_t size = input.dtype == DType::kString ? 1 : size_bits(input.dtype) / 8;
    input.places.resize(players.size());
    for (std::size_t p = 0; p < players.size(); ++p)
      for (const InputElements& part : features[players[p]].parts)
        if (part.input == input.name) input.places[p] = runs_of(part.elements, size);
  }
}

void CoalitionGame::State::answer_ends() {
  expect_affordable(static_cast<std::size_t>(question.background.size()) + 1);
  answer = question.subject.answers(question.row, question.element).at(0);
  expect_finite(answer, -1);
  Tensors rows = question.background.rows;
  for (const auto& [name, row] : question.row)
    if (row.rank() == 0) rows.insert_or_assign(name, row);
  const std::vector<double> answers = question.subject.answers(rows, question.element);
  for (std::size_t b = 0; b < answers.size(); ++b) {
    expect_finite(answers[b], static_cast<std::int64_t>(b));
    base += question.background.weights[b] * answers[b];
  }
}

void CoalitionGame::State::expect_finite(double value, std::int64_t background_row) const {
  if (std::isfinite(value)) return;
  const Subject& subject = question.subject;
  const std::string where = background_row < 0 ? std::string("for the explained row")
                                               : upkeep::format("for a row with values of background row {}", background_row + 1);
  throw Error(ErrorCode::kFailedPrecondition,
              upkeep::format("output \"{}\" ({}) is {} {}", subject.output().name, subject.element_name(question.element), value, where),
              background_row < 0 ? "explain rows that the model answers" : "choose background rows that the model answers");
}

void CoalitionGame::State::expect_affordable(std::size_t rows) const {
  const std::int64_t most = question.subject.options().most_evaluations;
  if (most == 0 || question.subject.evaluations() + static_cast<std::int64_t>(rows) <= most) return;
  throw budget_used_up(most).in(upkeep::format("{} more evaluations with {} background rows", rows, question.background.size()));
}

Words CoalitionGame::State::words_of(const Coalition& coalition) const {
  Words words((players.size() + 63) / 64);
  for (std::size_t p = 0; p < players.size(); ++p) words[p / 64] |= static_cast<std::uint64_t>(coalition[p]) << (p % 64);
  return words;
}

bool CoalitionGame::State::equals_row(const Words& coalition, std::int64_t background_row) const {
  const Words& differs = different[static_cast<std::size_t>(background_row)];
  for (std::size_t i = 0; i < differs.size(); ++i)
    if (differs[i] & ~coalition[i]) return false;
  return true;
}

Tensor CoalitionGame::State::made_of_bytes(std::size_t place, std::span<const Wanted> piece, std::int64_t rows, Buffers& buffers) const {
  const Mixed& input = inputs[place];
  std::vector<std::byte>& bytes = buffers.bytes[place];
  std::vector<std::byte>& mask = buffers.masks[place];
  if (bytes.size() < static_cast<std::size_t>(rows) * input.row_size) bytes.resize(static_cast<std::size_t>(rows) * input.row_size);
  std::byte* to = bytes.data();
  for (const Wanted& one : piece) {
    mask.assign(input.row_size, std::byte{0});
    for (std::size_t p = 0; p < players.size(); ++p)
      if ((*one.coalition)[p])
        for (const auto& [begin, end] : input.places[p]) std::memset(mask.data() + begin, 0xff, end - begin);
    for (const std::int64_t b : one.background) {
      mix(to, input.row_data, input.background_data + static_cast<std::size_t>(b) * input.row_size, mask.data(), input.row_size);
      to += input.row_size;
    }
  }
  Shape shape{rows};
  shape.insert(shape.end(), input.row_shape.begin(), input.row_shape.end());
  return Tensor::share(input.dtype, std::move(shape), nullptr, bytes.data());
}

Tensor CoalitionGame::State::made_of_texts(const Mixed& input, std::span<const Wanted> piece, std::int64_t rows) const {
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(rows) * input.row_size);
  const std::vector<std::string>& own = input.row->strings();
  for (const Wanted& one : piece) {
    for (const std::int64_t b : one.background) {
      const auto first = input.background->strings().begin() + b * static_cast<std::int64_t>(input.row_size);
      const std::size_t begin_of_row = texts.size();
      texts.insert(texts.end(), first, first + static_cast<std::int64_t>(input.row_size));
      for (std::size_t p = 0; p < players.size(); ++p)
        if ((*one.coalition)[p])
          for (const auto& [begin, end] : input.places[p])
            for (std::size_t e = begin; e < end; ++e) texts[begin_of_row + e] = own[e];
    }
  }
  Shape shape{rows};
  shape.insert(shape.end(), input.row_shape.begin(), input.row_shape.end());
  return Tensor(std::move(shape), std::move(texts));
}

Tensors CoalitionGame::State::made(std::span<const Wanted> piece, std::int64_t rows, Buffers& buffers) const {
  buffers.bytes.resize(inputs.size());
  buffers.masks.resize(inputs.size());
  Tensors mixed;
  for (const auto& [name, row] : question.row)
    if (row.rank() == 0) mixed.emplace(name, row);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    mixed.emplace(inputs[i].name,
                  inputs[i].dtype == DType::kString ? made_of_texts(inputs[i], piece, rows) : made_of_bytes(i, piece, rows, buffers));
  return mixed;
}

void CoalitionGame::State::run_piece(std::span<const Wanted> piece, std::vector<double>& answers) {
  std::unique_ptr<Buffers> buffers;
  {
    const std::lock_guard lock(mutex);
    if (!idle.empty()) {
      buffers = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (!buffers) buffers = std::make_unique<Buffers>();
  std::int64_t rows = 0;
  for (const Wanted& one : piece) rows += static_cast<std::int64_t>(one.background.size());
  const std::vector<double> given = question.subject.answers(made(piece, rows, *buffers), question.element);
  std::size_t next = 0;
  for (const Wanted& one : piece) {
    for (std::size_t i = 0; i < one.background.size(); ++i, ++next) {
      expect_finite(given[next], one.background[i]);
      answers[one.first + i] = given[next];
    }
  }
  const std::lock_guard lock(mutex);
  idle.push_back(std::move(buffers));
}

std::vector<double> CoalitionGame::State::run(std::vector<Wanted>& wanted) {
  std::size_t rows = 0, row_size = 1;
  for (Wanted& one : wanted) {
    one.first = rows;
    rows += one.background.size();
  }
  expect_affordable(rows);
  for (const Mixed& input : inputs) row_size += input.row_size;
  const std::size_t most = std::min(std::max<std::size_t>(64, kPieceBytes / row_size),
                                    static_cast<std::size_t>(std::max<std::int64_t>(1, question.subject.options().batch_rows)));
  std::vector<std::span<const Wanted>> pieces;
  for (std::size_t begin = 0; begin < wanted.size();) {
    std::size_t end = begin, taken = 0;
    while (end < wanted.size() && (end == begin || taken + wanted[end].background.size() <= most)) taken += wanted[end++].background.size();
    if (taken > 0) pieces.emplace_back(wanted.data() + begin, end - begin);
    begin = end;
  }
  std::vector<double> answers(rows);
  const int threads = rows < kRowsWorthAThread ? 1 : threads_or_cores(question.subject.options().threads);
  in_parallel(pieces.size(), [&](std::size_t i) { run_piece(pieces[i], answers); }, threads);
  return answers;
}

CoalitionGame::CoalitionGame(const Question& question) : state_(std::make_unique<State>(question)) {
  state_->read_inputs();
  state_->find_players();
  state_->answer_ends();
}

CoalitionGame::~CoalitionGame() = default;

const std::vector<std::size_t>& CoalitionGame::players() const { return state_->players; }
double CoalitionGame::answer() const { return state_->answer; }
double CoalitionGame::base() const { return state_->base; }

std::int64_t CoalitionGame::affordable() const {
  const Subject& subject = state_->question.subject;
  const std::int64_t most = subject.options().most_evaluations;
  if (most == 0) return std::numeric_limits<std::int64_t>::max() / 2;
  return (most - subject.evaluations()) / state_->question.background.size();
}

std::vector<double> CoalitionGame::by_feature(std::span<const double> by_player) const {
  std::vector<double> values(state_->question.subject.features().size());
  for (std::size_t p = 0; p < by_player.size(); ++p) values[state_->players[p]] = by_player[p];
  return values;
}

std::vector<double> CoalitionGame::values(std::span<const Coalition> coalitions) {
  State& state = *state_;
  const std::vector<double>& weights = state.question.background.weights;
  if (state.known.size() > kMostRemembered) state.known.clear();
  std::vector<Wanted> wanted;
  std::vector<double*> answered_in;     // by wanted coalition
  std::vector<const double*> value_of;  // by asked coalition; addresses in a map of nodes stay
  for (const Coalition& coalition : coalitions) {
    const Words words = state.words_of(coalition);
    const auto [found, is_new] =
        state.known.try_emplace(std::string(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)), 0.0);
    value_of.push_back(&found->second);
    if (!is_new) continue;
    Wanted one{.coalition = &coalition};
    one.background.reserve(weights.size());
    for (std::int64_t b = 0; b < state.question.background.size(); ++b) {
      if (state.equals_row(words, b)) found->second += weights[static_cast<std::size_t>(b)] * state.answer;
      else one.background.push_back(b);
    }
    answered_in.push_back(&found->second);
    wanted.push_back(std::move(one));
  }
  std::vector<double> answers;
  try {
    answers = state.run(wanted);
  } catch (...) {
    state.known.clear();
    throw;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i)
    for (std::size_t k = 0; k < wanted[i].background.size(); ++k)
      *answered_in[i] += weights[static_cast<std::size_t>(wanted[i].background[k])] * answers[wanted[i].first + k];
  std::vector<double> values;
  values.reserve(value_of.size());
  for (const double* value : value_of) values.push_back(*value);
  return values;
}

std::vector<double> CoalitionGame::answers(std::span<const Coalition> coalitions, std::span<const std::int64_t> background_rows) {
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < coalitions.size(); ++i) wanted.push_back({.coalition = &coalitions[i], .background = {background_rows[i]}});
  return state_->run(wanted);
}

std::vector<double> coalition_values(const Question& question, std::span<const Coalition> coalitions) {
  CoalitionGame game(question);
  std::vector<Coalition> of_players;
  for (const Coalition& coalition : coalitions) {
    Coalition players;
    for (const std::size_t player : game.players()) players.push_back(coalition[player]);
    of_players.push_back(std::move(players));
  }
  return game.values(of_players);
}

}  // namespace upkeep::explain
