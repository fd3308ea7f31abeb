#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shoal::tracker {

/// Walks over the pairs of a URL's query. Values are decoded on demand: most parameters of an announce need
/// no decoding at all.
class Query {
  public:
    explicit Query(std::string_view text) : rest_(text) {}

    /// The next pair, still escaped; false at the end. A parameter without '=' has an empty value.
    bool next(std::string_view& name, std::string_view& value);

  private:
    std::string_view rest_;
};

/// %XX and '+' decoded into `out`, replacing what it held. False where an escape is cut off or no hex number.
bool unescape(std::string_view escaped, std::string& out);

}  // namespace shoal::tracker
