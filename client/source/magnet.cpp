#include "client/source/magnet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "common/error.hpp"
#include "common/ip_address.hpp"

namespace shoal::client {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kScheme = "magnet:";

Error bad_link(std::string_view link, std::string_view why) {
    return {ExitCode::kBadTorrent, link, why, "check the magnet link"};
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// 32 characters of RFC 4648, without padding, as 40 hex digits; nothing where it is not that.
std::optional<std::string> hex_of_base32(std::string_view text) {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr std::size_t kCharacters = 32;
    if (text.size() != kCharacters) return std::nullopt;
    std::string hex;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : lower(text)) {
        const auto digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 5 | static_cast<unsigned>(digit);
        for (held += 5; held >= 4; held -= 4) hex += "0123456789abcdef"[bits >> (held - 4) & 0xf];
    }
    return hex;
}

bool all_zeros(std::string_view hash) {
    return hash.find_first_not_of('0') == std::string_view::npos;
}

std::string v1_hash(std::string_view text, std::string_view link) {
    constexpr std::size_t kDigits = 40;
    std::optional<std::string> hash = hex_of_base32(text);
    if (is_hex(text, kDigits)) hash = lower(text);
    if (!hash) {
        throw bad_link(
            link,
            fmt::format("its info-hash '{}' is neither 40 hex digits nor 32 characters of base32", text));
    }
    if (all_zeros(*hash)) throw bad_link(link, "its info-hash is all zeros");
    return *hash;
}

std::string v2_hash(std::string_view text, std::string_view link) {
    constexpr std::string_view kSha256 = "1220";  // multihash: 0x12 is SHA-256, of 0x20 bytes
    constexpr std::size_t kDigits = 64;
    if (!text.starts_with(kSha256) || !is_hex(text.substr(kSha256.size()), kDigits)) {
        throw bad_link(link, fmt::format("its v2 info-hash '{}' is not 1220 and 64 hex digits", text));
    }
    std::string hash = lower(text.substr(kSha256.size()));
    if (all_zeros(hash)) throw bad_link(link, "its info-hash is all zeros");
    return hash;
}

/// "HOST:PORT" with an address or a name, IPv6 in brackets.
bool is_host_and_port(std::string_view text) {
    if (const auto endpoint = Endpoint::parse(text)) return endpoint->port != 0;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const auto port = parse_port(text.substr(colon + 1));
    return port && *port != 0 && text.substr(0, colon).find_first_of(":[]/ ") == std::string_view::npos;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// BEP 53: "0,2,4,6-8".
void add_selection(std::string_view text, std::string_view link, std::vector<Magnet::FileRange>& files) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        if (part.empty()) continue;
        const auto dash = part.find('-');
        const auto first = number_of(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : number_of(part.substr(dash + 1));
        if (!first || !last || *first > *last) {
            throw bad_link(link, fmt::format("so={} is no selection of files like so=0,2,4-6", text));
        }
        files.push_back({*first, *last});
    }
}

/// "xt.1" -> "xt": the number has no meaning (BEP 9).
std::string parameter_name(std::string_view text) {
    const auto dot = text.find('.');
    const bool numbered = dot != std::string_view::npos &&
                          text.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
    return lower(numbered ? text.substr(0, dot) : text);
}

void add_parameter(const std::string& name, std::string_view raw, std::string_view link, Magnet& magnet) {
    const auto value = unescaped(raw);
    if (name == "xt") {
        if (!value) throw bad_link(link, fmt::format("xt={} has an escape that is none", raw));
        constexpr std::size_t kPrefix = 9;
        const std::string kind = lower(std::string_view(*value).substr(0, kPrefix));
        const std::string_view hash = std::string_view(*value).substr(std::min(value->size(), kPrefix));
        if (kind == "urn:btih:") magnet.info_hash_v1 = v1_hash(hash, link);
        if (kind == "urn:btmh:") magnet.info_hash_v2 = v2_hash(hash, link);
        return;
    }
    if (!value || value->empty()) return;
    if (name == "dn") {
        // Links are made by web pages too, which write a blank as they do in forms.
        std::string words(raw);
        std::replace(words.begin(), words.end(), '+', ' ');
        magnet.name = unescaped(words).value_or("");
    }
    if (name == "tr") magnet.trackers.push_back(*value);
    if (name == "ws") magnet.web_seeds.push_back(*value);
    if (name == "so") add_selection(*value, link, magnet.files);
    if (name == "x.pe" && is_host_and_port(*value)) magnet.peers.push_back(*value);
    if (name == "dht" && is_host_and_port(*value)) magnet.dht_nodes.push_back(*value);
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const char* const begin = text.data() + i + 1;
        if (std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

std::string as_magnet(std::string_view text) {
    const std::string_view word = trimmed(text);
    if (lower(word.substr(0, kScheme.size())) == kScheme) return std::string(word);
    constexpr std::size_t kV1Digits = 40;
    constexpr std::size_t kV2Digits = 64;
    if (is_hex(word, kV1Digits) || hex_of_base32(word)) return fmt::format("magnet:?xt=urn:btih:{}", word);
    if (is_hex(word, kV2Digits)) return fmt::format("magnet:?xt=urn:btmh:1220{}", word);
    return {};
}

Magnet parse_magnet(const std::string& text) {
    const std::string_view link = trimmed(text);
    if (lower(link.substr(0, kScheme.size() + 1)) != "magnet:?") throw bad_link(link, "not a magnet link");
    Magnet magnet;
    std::string_view rest = link.substr(kScheme.size() + 1);
    while (!rest.empty()) {
        const std::string_view parameter = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        add_parameter(parameter_name(parameter.substr(0, equals)), parameter.substr(equals + 1), link,
                      magnet);
    }
    if (magnet.info_hash().empty()) {
        throw bad_link(link, "it names no torrent: there is no xt=urn:btih: and no xt=urn:btmh:");
    }
    return magnet;
}

}  // namespace shoal::client
