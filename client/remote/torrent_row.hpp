#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace shoal::remote {

/// A torrent as the remote commands show it. Bytes, and bytes a second.
struct TorrentRow {
    std::string host;  ///< whose daemon; empty where only one was asked
    std::int64_t id = 0;
    std::string name;
    std::string hash;
    std::string folder;
    int status = 0;
    bool finished = false;
    double done = 0;  ///< 0 to 1
    double checked = 0;
    std::uint64_t size = 0;
    std::uint64_t left = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t uploaded = 0;
    std::uint64_t rate_down = 0;
    std::uint64_t rate_up = 0;
    std::uint64_t limit_down = 0;  ///< 0: none
    std::uint64_t limit_up = 0;
    int peers = 0;
    std::int64_t eta = -1;  ///< seconds; negative: not known
    double ratio = 0;       ///< negative: nothing received
    int error = 0;          ///< 1 a tracker's warning, 2 a tracker's refusal, 3 this machine's
    std::string error_text;
    std::int64_t added = 0;  ///< seconds since 1970
    std::vector<std::string> labels;
    std::string slow_cause;  ///< what sets its pace; empty: nothing, or it was not asked for
    std::string slow_why;
    /// Its web seeds with why they fail, empty where they do not; only where it was asked for.
    std::vector<std::pair<std::string, std::string>> web_seeds;
};

/// The `fields` for torrent-get, a JSON list.
/// @param slow  also what sets the pace, which the daemon has to look for; other daemons do not know it
std::string row_fields(bool slow = false);
/// From the arguments of torrent-get's answer. Throws Error (kFailed).
std::vector<TorrentRow> read_rows(const std::string& answer);

std::string state_text(const TorrentRow& row);
/// Whose error it shows: "tracker" or "machine"; empty for none.
std::string error_owner(const TorrentRow& row);
/// The error with whose it is: "of the tracker: ..."; empty for none.
std::string error_text(const TorrentRow& row);
/// How long the daemon has it, in the largest unit: "45s", "12m", "5h", "3d". @param now  seconds since 1970
std::string age_text(const TorrentRow& row, std::int64_t now);
std::string eta_text(const TorrentRow& row);
std::string ratio_text(const TorrentRow& row);
/// "12.3 MB/s", and nothing for 0.
std::string rate_text(std::uint64_t bytes_per_second);
std::string percent_text(double fraction);

}  // namespace shoal::remote
