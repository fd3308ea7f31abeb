#include "tracker/protocol/bencode_reader.hpp"

#include <charconv>

namespace shoal::tracker {
namespace {

constexpr int kMaxDepth = 100;

std::optional<std::string_view> read_string(std::string_view text) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || digits >= text.size() || text[digits] != ':' ||
        length > text.size() - digits - 1)
        return std::nullopt;
    return text.substr(digits + 1, length);
}

/// Where the value ends, 0 for none.
std::size_t end_of(std::string_view text, int depth) {
    if (text.empty() || depth > kMaxDepth) return 0;
    if (text[0] == 'i') {
        const auto end = text.find('e');
        return end == std::string_view::npos ? 0 : end + 1;
    }
    if (text[0] != 'l' && text[0] != 'd') {
        const auto value = read_string(text);
        return value ? static_cast<std::size_t>(value->data() + value->size() - text.data()) : 0;
    }
    std::size_t at = 1;
    while (at < text.size() && text[at] != 'e') {
        const std::size_t length = end_of(text.substr(at), depth + 1);
        if (length == 0) return 0;
        at += length;
    }
    return at < text.size() ? at + 1 : 0;
}

}  // namespace

std::optional<std::string_view> BencodeView::span() const {
    const std::size_t end = end_of(text_, 0);
    if (end == 0) return std::nullopt;
    return text_.substr(0, end);
}

std::optional<std::string_view> BencodeView::string() const {
    return read_string(text_);
}

std::optional<std::int64_t> BencodeView::integer() const {
    if (!text_.starts_with('i')) return std::nullopt;
    std::int64_t value = 0;
    const char* const last = text_.data() + text_.size();
    const auto [end, error] = std::from_chars(text_.data() + 1, last, value);
    if (error != std::errc{} || end == last || *end != 'e') return std::nullopt;
    return value;
}

std::optional<BencodeView> BencodeView::find(std::string_view key) const {
    std::optional<BencodeView> found;
    if (!is_dictionary()) return found;
    for_each([&](std::string_view name, BencodeView value) {
        if (name == key && !found) found = value;
    });
    return found;
}

}  // namespace shoal::tracker
