#include "torrentgen/commands/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "common/units.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::torrentgen {

std::string printable(std::string_view text) {
    return manifest::escaped(text);
}

std::string size_text(std::uint64_t bytes, std::size_t files) {
    return bytes < 1024
               ? fmt::format("{} in {}", format_size(bytes), count_of(files, "file"))
               : fmt::format("{} ({} bytes) in {}", format_size(bytes), bytes, count_of(files, "file"));
}

void print_field(std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print("{:<13}{}\n", name, printable(value));
}

std::string_view format_name(manifest::Format format) {
    switch (format) {
        case manifest::Format::kV1:
            return "v1";
        case manifest::Format::kHybrid:
            return "hybrid";
        case manifest::Format::kV2:
            break;
    }
    return "v2";
}

manifest::Format format_of(const manifest::Manifest& manifest) {
    if (manifest.info_hash_v2.empty()) return manifest::Format::kV1;
    return manifest.info_hash_v1.empty() ? manifest::Format::kV2 : manifest::Format::kHybrid;
}

std::string describe_pieces(const std::vector<manifest::PieceRange>& ranges) {
    constexpr std::size_t kShown = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(kShown, ranges.size()); ++i) {
        if (i > 0) text += ", ";
        const auto& range = ranges[i];
        text += range.first == range.last ? fmt::format("{}", range.first)
                                          : fmt::format("{}-{}", range.first, range.last);
    }
    if (ranges.size() > kShown) text += fmt::format(" and {} more ranges", ranges.size() - kShown);
    return text;
}

void print_warnings(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
        fmt::print(stderr, "torrentgen: warning: {}\n", printable(warning));
    }
}

void print_remark(const manifest::Manifest& manifest) {
    if (const std::string remark = manifest::remark_on(manifest); !remark.empty()) print_warnings({remark});
}

bool HashingProgress::operator()(const manifest::CreateProgress& progress) {
    if (stop_.requested()) return false;
    if (!line_.enabled()) return true;
    constexpr int kBarWidth = 16;
    constexpr auto kDrawEvery = std::chrono::milliseconds(100);
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < kDrawEvery) return true;
    drawn_ = now;
    rate_.add(now, progress.bytes_done);
    if (progress.bytes_total == 0) {
        line_.draw(fmt::format("{} read  {}", format_size(progress.bytes_done), format_rate(rate_.rate())));
        return true;
    }
    const double fraction =
        static_cast<double>(progress.bytes_done) / static_cast<double>(progress.bytes_total);
    std::string text = fmt::format("{} {:3.0f}%  {} of {}  {}", progress_bar(fraction, kBarWidth),
                                   fraction * 100, format_size(progress.bytes_done),
                                   format_size(progress.bytes_total), format_rate(rate_.rate()));
    if (const auto left = rate_.time_left(progress.bytes_total - progress.bytes_done)) {
        text += fmt::format("  {} left", format_duration(*left));
    }
    line_.draw(text);
    return true;
}

}  // namespace shoal::torrentgen
