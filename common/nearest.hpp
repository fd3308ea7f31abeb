#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// The known word that `word` is most likely a misspelling of: few letters added, left out, replaced or
/// swapped; else the only one that begins with it. Nothing where none is near enough to be worth suggesting.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace shoal
