#include "common/progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "common/display_width.hpp"

namespace shoal {
namespace {

std::size_t columns() {
    constexpr std::size_t kUsual = 80;
    const std::size_t known = terminal_columns(STDERR_FILENO);
    return known == 0 ? kUsual : known;
}

}  // namespace

ProgressLine::ProgressLine(bool wanted) : enabled_(wanted && ::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::draw(std::string_view text) {
    if (!enabled_) return;
    // One column stays free: a full line makes some terminals wrap.
    fmt::print(stderr, "\r{}\x1b[K", fit(text, columns() - 1));
    std::fflush(stderr);
    drawn_ = true;
}

void ProgressLine::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
}

std::string progress_bar(double fraction, int width) {
    const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * width));
    return fmt::format("[{:#<{}}{:-<{}}]", "", filled, "", width - filled);
}

}  // namespace shoal
