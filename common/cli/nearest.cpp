#include "common/cli/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace shoal {
namespace {

/// Insertions, deletions and replacements between two words (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t kMostMistakes = 3;
    std::size_t best = std::min(kMostMistakes, word.size() / 2) + 1;
    std::optional<std::string> found;
    for (const std::string& candidate : known) {
        const std::size_t mistakes = distance(word, candidate);
        if (mistakes >= best) continue;
        best = mistakes;
        found = candidate;
    }
    return found;
}

}  // namespace shoal
