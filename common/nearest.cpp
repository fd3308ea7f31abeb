#include "common/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace shoal {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> older(b.size() + 1);
    std::vector<std::size_t> old(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(old.begin(), old.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = old[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({old[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], older[j - 2] + 1);
        }
        older.swap(old);
        old.swap(row);
    }
    return old.back();
}

/// The only one that begins with `word`, which must be long enough to mean something.
std::optional<std::string> completed(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t kLeastLetters = 3;
    if (word.size() < kLeastLetters) return std::nullopt;
    std::optional<std::string> found;
    for (const std::string& candidate : known) {
        if (!std::string_view(candidate).starts_with(word)) continue;
        if (found) return std::nullopt;
        found = candidate;
    }
    return found;
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
    return found ? found : completed(word, known);
}

}  // namespace shoal
