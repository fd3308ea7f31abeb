#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal::client {

/// What torrents a daemon is given, and how it is to treat them.
struct AddOptions {
    std::vector<std::string> torrents;
    std::filesystem::path folder;  ///< on the daemon's machine; empty: the daemon's own
    bool paused = false;
    std::vector<std::string> labels;
    std::vector<std::string> files;
    std::filesystem::path reuse;
    bool force = false;
    bool keep_old = false;
};

/// All but the torrents.
void add_torrent_options(CLI::App& command, AddOptions& options);

/// The arguments of torrent-add, JSON objects, one a torrent. Reads the .torrent files. Throws Error.
std::vector<std::string> add_requests(const AddOptions& options);

/// What a daemon made of one torrent.
struct Added {
    std::int64_t id = 0;
    std::string name;
    std::string hash;
    bool duplicate = false;
};
/// From the arguments of torrent-add's answer.
Added added_of(const std::string& reply);

}  // namespace shoal::client
