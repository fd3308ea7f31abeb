#include "client/remote/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "common/printable.hpp"

namespace shoal::remote {
namespace {

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // UTF-8: not a continuation byte
}

}  // namespace

std::size_t display_width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string fit(const std::string& text, std::size_t width) {
    const std::string clean = printable(text);
    if (display_width(clean) <= width) return clean;
    if (width == 0) return {};
    std::size_t end = 0;
    for (std::size_t characters = 0; end < clean.size(); ++end) {
        if (begins_character(clean[end]) && ++characters == width) break;
    }
    return clean.substr(0, end) + "…";
}

std::size_t terminal_width() {
    winsize size{};
    if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

std::string Table::text(std::size_t width) const {
    constexpr std::size_t kGap = 2;
    constexpr std::size_t kLeastLast = 8;
    std::vector<std::size_t> widths;
    for (const Column& column : columns_) widths.push_back(display_width(column.title));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(printable(row[i])));
    if (width > 0) {
        std::size_t before = 0;
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) before += widths[i] + kGap;
        const std::size_t left = width > before ? width - before : 0;
        widths.back() = std::min(widths.back(), std::max(left, kLeastLast));
    }
    std::string text;
    const auto add_line = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string cell = fit(cells[i], widths[i]);
            const std::string space(widths[i] - display_width(cell), ' ');
            line += columns_[i].align == Align::kRight ? space + cell : cell + space;
            line += std::string(kGap, ' ');
        }
        line.resize(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    };
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    add_line(titles);
    for (const auto& row : rows_) add_line(row);
    return text;
}

}  // namespace shoal::remote
