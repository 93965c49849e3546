// Owen values (Owen 1977) of a hierarchy of features: a game between the two halves of all features, then within each half with the other
// half there or not, and so on down to single features. Features that belong together share their value instead of standing in for each
// other, and every split adds up, so that any number of samples gives values whose sum is the answer: what was not split yet is shared out
// evenly. The split with the most at stake comes first (as shap's PartitionExplainer does).
//
// The hierarchy joins the two clusters of features whose mean absolute correlation over the background is largest; groups that are given
// are joined within themselves first. Without correlations (images, one background row) neighbours are halved.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <queue>

#include "base/format.hpp"
#include "base/patterns.hpp"
#include "explain/methods/shared/additive.hpp"
#include "explain/row_numbers.hpp"

namespace upkeep {

namespace explain {

struct PartitionShap {
  std::int64_t samples = 512;
  std::string hierarchy = "correlation";
  std::vector<std::string> groups = {};
};

}  // namespace explain

template <>
inline const Settings settings<explain::PartitionShap> = describe<explain::PartitionShap>(
    "partition-shap", "Owen values of a hierarchy of features",
    field("samples", &explain::PartitionShap::samples, "coalitions", range(2, 1e9)),
    field("hierarchy", &explain::PartitionShap::hierarchy, "what the halves are made by", one_of({"correlation", "order"})),
    field("groups", &explain::PartitionShap::groups, "features that are joined first: names or patterns with | between them"));

namespace explain::methods {

namespace {

constexpr std::size_t kMostCorrelated = 1000;  // features, whose pairs are compared
constexpr std::size_t kSplitsAtOnce = 16;

struct Cluster {
  std::vector<std::size_t> players;
  std::size_t left = 0, right = 0;  // clusters; both 0: a single player
};

class Hierarchy {
 public:
  Hierarchy(const Question& question, const CoalitionGame& game, const PartitionShap& options) : players_(game.size()) {
    if (options.hierarchy == "correlation" && players_ <= kMostCorrelated) read_correlations(question, game);
    std::vector<std::size_t> tops;
    std::vector<bool> taken(players_);
    for (const std::string& group : options.groups) {
      std::vector<std::size_t> members;
      for (std::size_t p = 0; p < players_; ++p)
        if (!taken[p] && in_group(group, question.subject.features()[game.players()[p]].name)) {
          taken[p] = true;
          members.push_back(add({{p}, 0, 0}));
        }
      if (!members.empty()) tops.push_back(joined(std::move(members)));
    }
    for (std::size_t p = 0; p < players_; ++p)
      if (!taken[p]) tops.push_back(add({{p}, 0, 0}));
    std::ranges::sort(tops, {}, [&](std::size_t c) { return clusters_[c].players.front(); });
    root_ = joined(std::move(tops));
  }
  const Cluster& operator[](std::size_t place) const { return clusters_[place]; }
  std::size_t root() const { return root_; }

 private:
  static bool in_group(const std::string& group, const std::string& name) {
    for (std::size_t begin = 0; begin <= group.size();) {
      const std::size_t end = std::min(group.find('|', begin), group.size());
      if (matches_pattern(group.substr(begin, end - begin), name)) return true;
      begin = end + 1;
    }
    return false;
  }

  // |correlation| of players by their elements' mean; nothing where no pair of them varies.
  void read_correlations(const Question& question, const CoalitionGame& game) {
    const RowNumbers numbers = row_numbers(question.background.rows, question.subject.features());
    if (numbers.rows < 3 || numbers.width < 2) return;
    std::vector<std::vector<double>> sums(players_);
    for (std::size_t c = 0; c < numbers.width; ++c) {
      const auto found = std::ranges::find(game.players(), numbers.features[c]);
      if (found == game.players().end()) continue;
      std::vector<double>& sum = sums[static_cast<std::size_t>(found - game.players().begin())];
      sum.resize(numbers.rows);
      for (std::size_t r = 0; r < numbers.rows; ++r) sum[r] += numbers.row(r)[c];
    }
    correlations_.assign(players_ * players_, 0.0);
    for (std::size_t p = 0; p < players_; ++p)
      for (std::size_t q = 0; q < players_; ++q) {
        if (sums[p].empty() || sums[q].empty()) continue;
        const double both = dot(sums[p], sums[q]), own = dot(sums[p], sums[p]) * dot(sums[q], sums[q]);
        correlations_[p * players_ + q] = own > 0 ? std::abs(both) / std::sqrt(own) : 0;
      }
  }
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }

  std::size_t add(Cluster cluster) {
    clusters_.push_back(std::move(cluster));
    return clusters_.size() - 1;
  }

  std::size_t join(std::size_t left, std::size_t right) {
    Cluster both{.players = clusters_[left].players, .left = left, .right = right};
    both.players.insert(both.players.end(), clusters_[right].players.begin(), clusters_[right].players.end());
    return add(std::move(both));
  }

  std::size_t halved(std::span<const std::size_t> parts) {
    if (parts.size() == 1) return parts[0];
    const std::size_t middle = parts.size() / 2;
    const std::size_t left = halved(parts.first(middle)), right = halved(parts.subspan(middle));
    return join(left, right);
  }

  // Mean over pairs of players.
  double likeness(std::size_t a, std::size_t b) const {
    double sum = 0;
    for (const std::size_t p : clusters_[a].players)
      for (const std::size_t q : clusters_[b].players) sum += correlations_[p * players_ + q];
    return sum / static_cast<double>(clusters_[a].players.size() * clusters_[b].players.size());
  }

  std::size_t joined(std::vector<std::size_t> parts) {
    if (correlations_.empty()) return halved(parts);
    std::map<std::pair<std::size_t, std::size_t>, double> known;
    const auto of = [&](std::size_t a, std::size_t b) {
      const auto [found, is_new] = known.try_emplace({a, b}, 0.0);
      if (is_new) found->second = likeness(a, b);
      return found->second;
    };
    while (parts.size() > 1) {
      std::size_t first = 0, second = 1;
      double best = -1;
      for (std::size_t i = 0; i < parts.size(); ++i)
        for (std::size_t k = i + 1; k < parts.size(); ++k)
          if (const double now = of(parts[i], parts[k]); now > best) {
            best = now;
            first = i;
            second = k;
          }
      parts[first] = join(parts[first], parts[second]);
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(second));
    }
    return parts[0];
  }

  std::size_t players_;
  std::vector<double> correlations_;  // [players, players]
  std::vector<Cluster> clusters_;
  std::size_t root_ = 0;
};

// A cluster that joins those of a context, and what it adds there.
struct Split {
  std::size_t cluster = 0;
  Coalition context;
  double without = 0, with = 0;  // values of the context, and of the context and the cluster
  double weight = 1;
  double stake() const { return std::abs(with - without) * weight; }
  bool operator<(const Split& other) const { return stake() < other.stake(); }
};

class Splitting {
 public:
  Splitting(CoalitionGame& game, const Hierarchy& hierarchy) : game_(game), hierarchy_(hierarchy), values_(game.size()) {
    keep({.cluster = hierarchy.root(), .context = Coalition(game.size()), .without = game.base(), .with = game.answer()});
  }

  void run(std::int64_t samples) {
    while (!waiting_.empty() && samples >= 2) {
      std::vector<Split> now;
      while (!waiting_.empty() && now.size() < kSplitsAtOnce && samples >= 2) {
        now.push_back(waiting_.top());
        waiting_.pop();
        samples -= 2;
      }
      split(now);
      asked_ += 2 * now.size();
    }
    whole_ = waiting_.empty();
    for (; !waiting_.empty(); waiting_.pop()) {
      const Split& left = waiting_.top();
      const std::vector<std::size_t>& players = hierarchy_[left.cluster].players;
      for (const std::size_t p : players) values_[p] += left.weight * (left.with - left.without) / static_cast<double>(players.size());
    }
  }

  const std::vector<double>& values() const { return values_; }
  bool whole() const { return whole_; }
  std::size_t asked() const { return asked_; }

 private:
  void keep(Split split) {
    const Cluster& cluster = hierarchy_[split.cluster];
    if (cluster.players.size() == 1) values_[cluster.players[0]] += split.weight * (split.with - split.without);
    else waiting_.push(std::move(split));
  }

  Coalition with(Coalition context, std::size_t cluster) const {
    for (const std::size_t p : hierarchy_[cluster].players) context[p] = true;
    return context;
  }

  void split(const std::vector<Split>& now) {
    std::vector<Coalition> coalitions;
    for (const Split& one : now) {
      coalitions.push_back(with(one.context, hierarchy_[one.cluster].left));
      coalitions.push_back(with(one.context, hierarchy_[one.cluster].right));
    }
    const std::vector<double> values = game_.values(coalitions);
    for (std::size_t i = 0; i < now.size(); ++i) {
      const Split& one = now[i];
      const Cluster& cluster = hierarchy_[one.cluster];
      const double left = values[2 * i], right = values[2 * i + 1], half = one.weight / 2;
      keep({cluster.left, one.context, one.without, left, half});
      keep({cluster.left, coalitions[2 * i + 1], right, one.with, half});
      keep({cluster.right, one.context, one.without, right, half});
      keep({cluster.right, coalitions[2 * i], left, one.with, half});
    }
  }

  CoalitionGame& game_;
  const Hierarchy& hierarchy_;
  std::vector<double> values_;
  std::priority_queue<Split> waiting_;
  bool whole_ = true;
  std::size_t asked_ = 0;
};

Attribution partition_shap(const Question& question, const Json& given) {
  const auto options = parse<PartitionShap>(given);
  CoalitionGame game(question);
  if (game.size() == 0) return attribution_of(question, game, {});
  const Hierarchy hierarchy(question, game, options);
  Splitting splitting(game, hierarchy);
  splitting.run(std::min(options.samples, game.affordable()));
  Attribution made = attribution_of(question, game, splitting.values());
  made.figures["coalitions"] = static_cast<double>(splitting.asked());
  if (!splitting.whole())
    made.notes.push_back(
        upkeep::format("After {} coalitions some groups of features were not split: their value is shared out evenly.", splitting.asked()));
  return made;
}

}  // namespace

void add_partition_shap(MethodCatalog& catalog) {
  catalog.add({.name = "partition-shap",
               .aliases = {"partition", "owen"},
               .help = "Owen values of a hierarchy of features; adds up at any number of samples, for many features too",
               .settings = settings<PartitionShap>,
               .needs_background = true,
               .additive = true,
               .explain = partition_shap});
}

}  // namespace explain::methods
}  // namespace upkeep
