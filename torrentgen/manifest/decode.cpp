#include "torrentgen/manifest/decode.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

}  // namespace

Error bad_torrent(std::string_view source_name, std::string_view why) {
    return {ExitCode::kBadTorrent, source_name, fmt::format("not a valid torrent: {}", why)};
}

lt::bdecode_node decode(std::string_view bytes, std::string_view source_name) {
    constexpr int kMaxDepth = 110;          // libtorrent reads folders 100 deep
    constexpr int kMaxTokens = 30'000'000;  // 8 bytes of memory each; a file of v1 has about 8
    if (bytes.empty()) throw bad_torrent(source_name, "it is empty");
    if (bytes.front() != 'd') throw bad_torrent(source_name, "it is not a bencoded dictionary");
    lt::error_code error;
    int position = 0;
    const lt::span<const char> buffer(bytes.data(), static_cast<std::ptrdiff_t>(bytes.size()));
    lt::bdecode_node node = lt::bdecode(buffer, error, &position, kMaxDepth, kMaxTokens);
    if (error == lt::bdecode_errors::unexpected_eof) {
        throw bad_torrent(source_name, fmt::format("it is cut off after {} bytes", bytes.size()));
    }
    if (error) throw bad_torrent(source_name, fmt::format("{} at byte {}", error.message(), position));
    // Line breaks come from editors and web forms. Nothing after the end is hashed, and libtorrent takes
    // anything.
    const std::string_view rest = bytes.substr(raw_bytes(node).size());
    if (rest.find_first_not_of(kBlanks) != std::string_view::npos) {
        constexpr std::size_t kShown = 20;
        throw bad_torrent(source_name,
                          fmt::format("{} bytes follow its end: '{}'{}", rest.size(),
                                      escaped(rest.substr(0, kShown)), rest.size() > kShown ? " ..." : ""));
    }
    return node;
}

std::string_view raw_bytes(const lt::bdecode_node& node) {
    const auto section = node.data_section();
    return {section.data(), static_cast<std::size_t>(section.size())};
}

lt::bdecode_node StrictDict::find(std::string_view key, lt::bdecode_node::type_t type) const {
    lt::bdecode_node node = dict_.dict_find(lt::string_view(key.data(), key.size()));
    if (node && node.type() != type) {
        throw bad_torrent(source_name_, fmt::format("'{}' is of the wrong type", key));
    }
    return node;
}

std::optional<std::string_view> StrictDict::string(std::string_view key) const {
    const auto node = find(key, lt::bdecode_node::string_t);
    return node ? std::optional(text_of(node)) : std::nullopt;
}

std::optional<std::int64_t> StrictDict::integer(std::string_view key) const {
    const auto node = find(key, lt::bdecode_node::int_t);
    if (!node) return std::nullopt;
    // libtorrent's int_value() is 0 for what does not fit.
    std::string_view digits = raw_bytes(node);
    digits = digits.substr(1, digits.size() - 2);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) {
        throw bad_torrent(source_name_, fmt::format("'{}' is an overflow of 64 bits", key));
    }
    if (error != std::errc{} || end != digits.data() + digits.size() || digits != std::to_string(value)) {
        throw bad_torrent(source_name_, fmt::format("'{}' is not a number", key));
    }
    return value;
}

lt::bdecode_node StrictDict::list(std::string_view key) const {
    return find(key, lt::bdecode_node::list_t);
}

lt::bdecode_node StrictDict::dict(std::string_view key) const {
    return find(key, lt::bdecode_node::dict_t);
}

}  // namespace shoal::manifest
