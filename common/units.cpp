#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace shoal {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
    return text;
}

/// A non-negative decimal number at the front of `text`, which is then advanced past it.
std::optional<double> take_number(std::string_view& text) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || value < 0 || !std::isfinite(value)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

/// The factor of a prefix letter with or without "i": "", "k", "mi", ... `binary_letters`: is a bare "m"
/// 2^20?
std::optional<double> prefix_factor(std::string_view prefix, bool bare_is_binary) {
    if (prefix.empty()) return 1.0;
    constexpr std::string_view kLetters = "kmgtp";
    const auto power = kLetters.find(prefix.front());
    if (power == std::string_view::npos) return std::nullopt;
    const bool binary = prefix.size() == 2 && prefix[1] == 'i';
    if (prefix.size() > 1 && !binary) return std::nullopt;
    return std::pow(binary || bare_is_binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
}

std::optional<std::uint64_t> to_bytes(double value) {
    constexpr double kMax = 9.2e18;  // just under 2^63: sizes travel as signed 64-bit in bencoding
    if (value > kMax) return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(value));
}

/// "mib", "mb", "m", "" -> factor in bytes.
std::optional<double> byte_factor(std::string_view unit) {
    if (unit.empty() || unit == "b") return 1.0;
    if (unit.back() == 'b') return prefix_factor(unit.substr(0, unit.size() - 1), false);
    return prefix_factor(unit, true);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    text = trim(text);
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const auto factor = byte_factor(lower(trim(text)));
    if (!factor) return std::nullopt;
    return to_bytes(*number * *factor);
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
    text = trim(text);
    if (lower(text) == "unlimited") return 0;
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    std::string unit = lower(trim(text));
    for (std::string_view suffix : {"/s", "ps"}) {
        if (unit.ends_with(suffix)) {
            unit.resize(unit.size() - suffix.size());
            break;
        }
    }
    std::optional<double> factor;
    if (unit.ends_with("bit")) {
        factor = prefix_factor(std::string_view(unit).substr(0, unit.size() - 3), false);
        if (factor) *factor /= 8;
    } else {
        factor = byte_factor(unit);
    }
    if (!factor) return std::nullopt;
    return to_bytes(*number * *factor);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    text = trim(text);
    if (text.empty()) return std::nullopt;
    constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
    double total = 0;
    bool first = true;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        std::size_t letters = 0;
        while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters]))) ++letters;
        const std::string unit = lower(text.substr(0, letters));
        text.remove_prefix(letters);
        if (unit.empty()) {
            if (!first || !text.empty()) return std::nullopt;
            total = *number * 1000;
        } else {
            const auto* const found =
                std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return u.first == unit; });
            if (found == kUnits.end()) return std::nullopt;
            total += *number * found->second;
        }
        first = false;
    }
    constexpr double kMax = 3.2e12;  // a hundred years: keeps every later sum of time points in range
    if (total > kMax) return std::nullopt;
    return std::chrono::milliseconds(std::llround(total));
}

std::string format_size(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.2f} {}", value, kUnits.at(unit));
}

std::string format_exact_size(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
    std::string_view unit = "B";
    for (std::string_view next : kUnits) {
        if (bytes == 0 || bytes % 1024 != 0) break;
        bytes /= 1024;
        unit = next;
    }
    return fmt::format("{}{}", bytes, unit);
}

std::string format_rate(double bytes_per_second) {
    constexpr std::array<std::string_view, 5> kUnits{"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
    double value = std::max(0.0, bytes_per_second);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, kUnits.at(unit));
}

std::string format_duration(std::chrono::milliseconds duration) {
    const auto ms = std::max<std::int64_t>(0, duration.count());
    if (ms < 10'000) return fmt::format("{:.1f}s", static_cast<double>(ms) / 1000);
    const auto s = ms / 1000;
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
    if (s < 86'400) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
    return fmt::format("{}d{:02}h", s / 86'400, s / 3600 % 24);
}

std::string count_of(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace shoal
