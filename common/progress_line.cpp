#include "common/progress_line.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "common/printable.hpp"

namespace shoal {
namespace {

std::size_t terminal_width() {
    winsize size{};
    constexpr std::size_t kUsual = 80;
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
    return size.ws_col;
}

/// At most `columns` characters, never half a UTF-8 sequence. Wide characters are counted as one column.
std::string cut(const std::string& text, std::size_t columns) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
        if (starts_character && used++ == columns) return text.substr(0, i);
    }
    return text;
}

}  // namespace

ProgressLine::ProgressLine(bool wanted) : enabled_(wanted && ::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::draw(std::string_view text) {
    if (!enabled_) return;
    // One column stays free: a full line makes some terminals wrap.
    fmt::print(stderr, "\r{}\x1b[K", cut(printable(text), terminal_width() - 1));
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
