#include "client/remote/torrent_match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "common/error.hpp"
#include "common/nearest.hpp"

namespace shoal::remote {
namespace {

using Indices = std::vector<std::size_t>;

bool is_hex(const std::string& word) {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

template <typename Fits>
Indices indices_of(const std::vector<TorrentRow>& rows, const Fits& fits) {
    Indices found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (fits(rows[i])) found.push_back(i);
    return found;
}

bool has_label(const TorrentRow& row, const std::string& label) {
    return std::find(row.labels.begin(), row.labels.end(), label) != row.labels.end();
}

/// `found`, which must be one torrent.
Indices only(Indices found, const std::vector<TorrentRow>& rows, const std::string& word) {
    if (found.size() < 2) return found;
    std::vector<std::string> numbers;
    for (const std::size_t i : found) numbers.push_back(std::to_string(rows[i].id));
    throw Error(ExitCode::kUsage, "torrent " + word, fmt::format("can be each of {} torrents", found.size()),
                fmt::format("say which by its number: {}", fmt::join(numbers, ", ")));
}

[[noreturn]] void refuse(const std::vector<TorrentRow>& rows, const std::string& word) {
    std::vector<std::string> known;
    for (const TorrentRow& row : rows) {
        known.push_back(row.name);
        known.insert(known.end(), row.labels.begin(), row.labels.end());
    }
    const auto meant = nearest(word, known);
    throw UnknownTorrent(ExitCode::kFailed, "torrent " + word, "the daemon does not have it",
                         meant ? fmt::format("did you mean '{}'?", *meant) : "see 'shoal list'");
}

Indices named(const std::vector<TorrentRow>& rows, const std::string& word) {
    constexpr std::size_t kLeastDigits = 4;
    const std::string hash = lower(word);
    Indices found = indices_of(rows, [&](const TorrentRow& row) { return std::to_string(row.id) == word; });
    if (found.empty())
        found = indices_of(rows, [&](const TorrentRow& row) { return lower(row.hash) == hash; });
    if (found.empty())
        found = only(indices_of(rows, [&](const TorrentRow& row) { return row.name == word; }), rows, word);
    if (found.empty()) found = indices_of(rows, [&](const TorrentRow& row) { return has_label(row, word); });
    if (found.empty() && is_hex(word) && word.size() >= kLeastDigits)
        found =
            only(indices_of(rows, [&](const TorrentRow& row) { return lower(row.hash).starts_with(hash); }),
                 rows, word);
    if (found.empty()) refuse(rows, word);
    return found;
}

bool checks(const TorrentRow& row) {
    return row.status == 1 || row.status == 2;
}

}  // namespace

std::vector<TorrentRow> match_torrents(const std::vector<TorrentRow>& rows,
                                       const std::vector<std::string>& words) {
    if (std::find(words.begin(), words.end(), "all") != words.end()) return rows;
    std::set<std::size_t> chosen;
    for (const std::string& word : words) {
        for (const std::size_t i : named(rows, word)) chosen.insert(i);
    }
    std::vector<TorrentRow> result;
    for (const std::size_t i : chosen) result.push_back(rows[i]);
    return result;
}

bool is_info_hash(const std::string& word) {
    return (word.size() == 40 || word.size() == 64) && is_hex(word);
}

const std::vector<std::string>& state_words() {
    static const std::vector<std::string> words{"downloading", "no-peers",  "seeding", "paused",
                                                "finished",    "checking",  "queued",  "error",
                                                "complete",    "incomplete"};
    return words;
}

bool in_state(const TorrentRow& row, const std::string& word) {
    const bool error = state_text(row) == "error";
    if (word == "error") return error;
    if (word == "complete") return row.left == 0;
    if (word == "incomplete") return row.left > 0;
    if (error) return false;
    if (word == "downloading") return row.status == 4;
    if (word == "no-peers") return row.status == 4 && row.peers == 0;
    if (word == "seeding") return row.status == 6;
    if (word == "paused") return row.status == 0 && !row.finished;
    if (word == "finished") return row.status == 0 && row.finished;
    if (word == "checking") return checks(row);
    return word == "queued" && (row.status == 3 || row.status == 5);
}

std::vector<TorrentRow> filtered(std::vector<TorrentRow> rows, const ListFilter& filter) {
    const auto fits = [&](const TorrentRow& row) {
        const bool label =
            filter.labels.empty() || std::any_of(filter.labels.begin(), filter.labels.end(),
                                                 [&](const std::string& one) { return has_label(row, one); });
        const bool state =
            filter.states.empty() || std::any_of(filter.states.begin(), filter.states.end(),
                                                 [&](const std::string& one) { return in_state(row, one); });
        return label && state;
    };
    rows.erase(std::remove_if(rows.begin(), rows.end(), [&](const TorrentRow& row) { return !fits(row); }),
               rows.end());
    return rows;
}

}  // namespace shoal::remote
