#pragma once

#include <string>
#include <vector>

#include "client/remote/torrent_row.hpp"
#include "common/error.hpp"

/// How people name torrents, and cut a list of them.
namespace shoal::remote {

/// A word names no torrent of the daemon (kFailed).
struct UnknownTorrent : Error {
    using Error::Error;
};

/// The torrents that `words` name, each once, in the order of `rows`. A word is, whichever fits first: "all",
/// a number, an info-hash, a name, a label (all that have it), or the beginning of an info-hash (four digits
/// or more). Throws UnknownTorrent for a word that names none, with the nearest that does; Error (kUsage) for
/// a name or a beginning that several have.
std::vector<TorrentRow> match_torrents(const std::vector<TorrentRow>& rows,
                                       const std::vector<std::string>& words);

/// 40 or 64 hex digits.
bool is_info_hash(const std::string& word);

/// The words that `in_state` knows.
const std::vector<std::string>& state_words();
/// Is the torrent in this state? A word of state_words().
bool in_state(const TorrentRow& row, const std::string& word);

/// What `list` is cut by; empty: all.
struct ListFilter {
    std::vector<std::string> labels;  ///< one of them
    std::vector<std::string> states;  ///< one of them
};
std::vector<TorrentRow> filtered(std::vector<TorrentRow> rows, const ListFilter& filter);

}  // namespace shoal::remote
