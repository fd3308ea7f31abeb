#include "client/remote/top_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <tuple>

#include "client/remote/table.hpp"
#include "common/progress_line.hpp"
#include "common/units.hpp"

namespace shoal::remote {
namespace {

constexpr int kBarWidth = 20;
constexpr std::size_t kHeadLines = 3;  // totals, empty line, titles

auto order(const TorrentRow& row) {
    const std::uint64_t rate = row.rate_down + row.rate_up;
    return std::tuple(-static_cast<std::int64_t>(rate), row.left == 0, row.id);
}

std::string totals(const std::vector<TorrentRow>& rows) {
    std::uint64_t down = 0;
    std::uint64_t up = 0;
    std::uint64_t peers = 0;
    std::size_t seeding = 0;
    std::size_t failed = 0;
    for (const TorrentRow& row : rows) {
        down += row.rate_down;
        up += row.rate_up;
        peers += static_cast<std::uint64_t>(row.peers);
        seeding += row.left == 0 ? 1u : 0u;
        failed += state_text(row) == "error" ? 1u : 0u;
    }
    std::string text = fmt::format("{}, {} complete   down {}   up {}   {}", count_of(rows.size(), "torrent"),
                                   seeding, format_rate(static_cast<double>(down)),
                                   format_rate(static_cast<double>(up)), count_of(peers, "peer"));
    if (failed > 0) text += fmt::format("   {} FAILED", failed);
    return text;
}

}  // namespace

std::string top_screen(std::vector<TorrentRow> rows, ScreenSize size,
                       const std::vector<std::string>& silent) {
    std::sort(rows.begin(), rows.end(),
              [](const TorrentRow& a, const TorrentRow& b) { return order(a) < order(b); });
    std::string head = totals(rows);
    if (!silent.empty()) head = fmt::format("NO ANSWER from {}   {}", fmt::join(silent, ", "), head);
    if (size.columns > 0) head = fit(head, size.columns);
    std::size_t shown = rows.size();
    if (size.rows > 0) shown = std::min(shown, size.rows > kHeadLines + 1 ? size.rows - kHeadLines - 1 : 0);
    constexpr auto kRight = Table::Align::kRight;
    constexpr auto kLeft = Table::Align::kLeft;
    const bool hosts =
        std::any_of(rows.begin(), rows.end(), [](const TorrentRow& row) { return !row.host.empty(); });
    std::vector<Table::Column> columns{{"ID", kRight},         {"", kLeft, 0, 5},    {"DONE", kRight},
                                       {"DOWN", kRight, 0, 1}, {"UP", kRight, 0, 3}, {"PEERS", kRight, 0, 4},
                                       {"LEFT", kRight, 0, 2}, {"STATE", kLeft, 5},  {"NAME", kLeft, 12}};
    if (hosts) columns.insert(columns.begin(), {"HOST", kLeft, 8});
    Table table(std::move(columns));
    for (std::size_t i = 0; i < shown; ++i) {
        const TorrentRow& row = rows[i];
        std::vector<std::string> cells{std::to_string(row.id),
                                       progress_bar(row.done, kBarWidth),
                                       percent_text(row.done),
                                       rate_text(row.rate_down),
                                       rate_text(row.rate_up),
                                       std::to_string(row.peers),
                                       eta_text(row),
                                       state_text(row),
                                       row.name};
        if (hosts) cells.insert(cells.begin(), row.host);
        table.add(std::move(cells));
    }
    std::string text = head + "\n\n" + table.text(size.columns);
    if (shown < rows.size()) text += fmt::format("... and {} more", rows.size() - shown);
    if (size.rows == 0) return text;
    std::string cleared;
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one);)
        cleared += (cleared.empty() ? "" : "\n") + one + "\x1b[K";
    return cleared;
}

}  // namespace shoal::remote
