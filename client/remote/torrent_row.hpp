#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::remote {

/// A torrent as the remote commands show it. Bytes, and bytes a second.
struct TorrentRow {
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
    int error = 0;
    std::string error_text;
    std::vector<std::string> labels;
    std::string slow_cause;  ///< what sets its pace; empty: nothing, or it was not asked for
    std::string slow_why;
};

/// The `fields` for torrent-get, a JSON list.
/// @param slow  also what sets the pace, which the daemon has to look for; other daemons do not know it
std::string row_fields(bool slow = false);
/// From the arguments of torrent-get's answer. Throws Error (kFailed).
std::vector<TorrentRow> read_rows(const std::string& answer);

std::string state_text(const TorrentRow& row);
std::string eta_text(const TorrentRow& row);
std::string ratio_text(const TorrentRow& row);
/// "12.3 MB/s", and nothing for 0.
std::string rate_text(std::uint64_t bytes_per_second);
std::string percent_text(double fraction);

}  // namespace shoal::remote
