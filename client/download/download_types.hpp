#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/download/linger_rule.hpp"
#include "client/swarm/slow_reason.hpp"
#include "client/swarm/torrent_status.hpp"
#include "client/webseed/web_seed_look.hpp"
#include "common/ip_address.hpp"

namespace shoal::client {

struct DownloadOptions {
    webseed::Rules web_seeds;            ///< where they may be asked
    std::filesystem::path target = ".";  ///< the folder that receives the content
    bool force = false;                  ///< replace other content of the same name
    bool keep_old = false;               ///< what `force` replaces stays beside it, see OldContent
    bool sync = false;                   ///< on stable storage before it gets its name
    std::filesystem::path reuse;         ///< an older version of the content; empty: none
    std::vector<std::string> files;      ///< globs, see select_files; empty: all
    SeedingGoals goals;
    std::optional<std::chrono::milliseconds> timeout;  ///< without progress; none: wait for ever
    std::vector<Endpoint> peers;                       ///< dialled at once
    std::vector<std::string> trackers;                 ///< beside the manifest's own
};

/// What is known of the content once its manifest is; of the chosen files where only some are.
struct ContentFacts {
    std::string name;
    std::string info_hash;  ///< hex: v1, or v2 where there is no v1
    std::uint64_t bytes = 0;
    std::uint32_t pieces = 0;
    std::size_t files = 0;
};

struct DownloadProgress {
    TorrentStatus status;
    bool done = false;     ///< the content is at its place, this is the seeding after it
    double rate_down = 0;  ///< bytes a second of content
    double rate_up = 0;
    std::optional<std::chrono::milliseconds> time_left;
    std::chrono::milliseconds elapsed{0};
    std::string stalled;             ///< why nothing arrives; empty while something does
    std::optional<SlowReason> slow;  ///< what sets the pace, once it has found one
};

struct DownloadResult {
    std::filesystem::path path;  ///< where the content is
    std::uint64_t bytes = 0;
    std::chrono::milliseconds elapsed{0};
    std::uint64_t downloaded = 0;   ///< bytes of content received in this run
    bool already_complete = false;  ///< it was there before, and is right
};

/// Told what happens, in order, by the thread that drives the Download.
class DownloadListener {
  public:
    virtual ~DownloadListener() = default;
    virtual void on_metadata(const ContentFacts& content) = 0;
    /// Content on disk is compared with the manifest. Returning false abandons that (Error kInterrupted).
    virtual bool on_checking(std::uint64_t bytes_done, std::uint64_t bytes_total) = 0;
    /// Once, before the first on_progress, where an earlier run left something.
    virtual void on_resumed(std::uint32_t pieces_have, std::uint32_t pieces) = 0;
    /// Once a second.
    virtual void on_progress(const DownloadProgress& progress) = 0;
    virtual void on_warning(const std::string& message) = 0;
    /// A web seed that was asked for nothing yet, or was good until now. Told once for each reason.
    virtual void on_web_seed_failed(const std::string& url, const webseed::Finding& finding) = 0;
    virtual void on_done(const DownloadResult& result) = 0;
};

}  // namespace shoal::client
