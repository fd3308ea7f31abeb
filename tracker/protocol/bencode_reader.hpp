#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace shoal::tracker {

/// One bencoded value as a view of its text: nothing is copied, nothing is built. Every function gives
/// nothing where the value is of another kind or is not well-formed.
class BencodeView {
  public:
    explicit BencodeView(std::string_view text) : text_(text) {}

    /// The value's own text, without what follows it. Bounded in depth.
    [[nodiscard]] std::optional<std::string_view> span() const;
    [[nodiscard]] std::optional<std::string_view> string() const;
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    /// The value of a dictionary's key.
    [[nodiscard]] std::optional<BencodeView> find(std::string_view key) const;
    [[nodiscard]] bool is_list() const { return text_.starts_with('l'); }
    [[nodiscard]] bool is_dictionary() const { return text_.starts_with('d'); }

    /// Calls `visit(key, value)` for each pair of a dictionary, or `visit("", value)` for each element of a
    /// list.
    template <class Visit>
    bool for_each(Visit visit) const {
        if (!is_list() && !is_dictionary()) return false;
        std::string_view rest = text_.substr(1);
        while (!rest.empty() && rest.front() != 'e') {
            std::string_view key;
            if (is_dictionary()) {
                const auto name = BencodeView(rest).string();
                if (!name) return false;
                key = *name;
                rest.remove_prefix(static_cast<std::size_t>(name->data() + name->size() - rest.data()));
            }
            const BencodeView value(rest);
            const auto length = value.span();
            if (!length) return false;
            visit(key, value);
            rest.remove_prefix(length->size());
        }
        return !rest.empty();
    }

  private:
    std::string_view text_;
};

}  // namespace shoal::tracker
