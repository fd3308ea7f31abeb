#include "client/remote/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "common/printable.hpp"

namespace shoal::remote {
namespace {

constexpr std::size_t kGap = 2;

std::size_t total(const std::vector<std::size_t>& widths, const std::vector<std::size_t>& shown) {
    std::size_t sum = 0;
    for (const std::size_t i : shown) sum += widths[i] + kGap;
    return sum - kGap;
}

/// Takes columns of the terminal from the widest that may shrink, until all fit or none may.
std::vector<std::size_t> shrunk(std::vector<std::size_t> widths, const std::vector<Table::Column>& columns,
                                const std::vector<std::size_t>& shown, std::size_t width) {
    while (total(widths, shown) > width) {
        std::size_t widest = columns.size();
        for (const std::size_t i : shown) {
            if (columns[i].least == 0 || widths[i] <= columns[i].least) continue;
            if (widest == columns.size() || widths[i] > widths[widest]) widest = i;
        }
        if (widest == columns.size()) break;
        --widths[widest];
    }
    return widths;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
    constexpr std::size_t kLeastLast = 8;
    if (columns_.back().least == 0) columns_.back().least = kLeastLast;
}

std::size_t terminal_width() {
    return terminal_columns(STDOUT_FILENO);
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                        const std::vector<std::size_t>& shown) const {
    std::string text;
    for (const std::size_t i : shown) {
        const std::string cell = fit(cells[i], widths[i]);
        const std::string space(widths[i] - display_width(cell), ' ');
        text += columns_[i].align == Align::kRight ? space + cell : cell + space;
        text += std::string(kGap, ' ');
    }
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

std::string Table::text(std::size_t width) const {
    std::vector<std::size_t> widths;
    std::vector<std::string> titles;
    for (const Column& column : columns_) {
        titles.push_back(column.title);
        widths.push_back(display_width(column.title));
    }
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(printable(row[i])));
    std::vector<std::size_t> shown(columns_.size());
    std::iota(shown.begin(), shown.end(), std::size_t{0});
    if (width > 0) {
        const std::vector<std::size_t> natural = widths;
        while (total(widths = shrunk(natural, columns_, shown, width), shown) > width) {
            const auto least =
                std::max_element(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
                    return columns_[a].dispensable < columns_[b].dispensable;
                });
            if (columns_[*least].dispensable == 0) break;
            shown.erase(least);
        }
    }
    std::string text;
    const auto add_line = [&](const std::vector<std::string>& cells) {
        const std::string one = line(cells, widths, shown);
        text += (width > 0 ? fit(one, width) : one) + "\n";
    };
    add_line(titles);
    for (const auto& row : rows_) add_line(row);
    return text;
}

}  // namespace shoal::remote
