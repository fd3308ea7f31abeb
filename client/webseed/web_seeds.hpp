#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/webseed/web_seed_watch.hpp"

namespace shoal::client {

/// The web seeds of one download: looks at them before they are asked and when they fail, and keeps why.
///
/// Those of a folder are only handed to the swarm once a look has told where its files are: libtorrent stops
/// in the middle of a folder whose files are redirected.
class WebSeeds {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    /// What the owner does with a web seed.
    struct Actions {
        std::function<void()> hold;                          ///< ask none of the manifest's
        std::function<void(const std::string& url)> add;     ///< ask it from now on
        std::function<void(const std::string& url)> remove;  ///< ask it no more
        std::function<void(const std::string& url, const webseed::Finding& finding)> failed;
    };

    /// @param torrent  marks the reports of `watch` that are for this one
    WebSeeds(std::uint64_t torrent, webseed::WebSeedWatch& watch, Actions actions)
        : torrent_(torrent), watch_(watch), actions_(std::move(actions)) {}

    void begin(const std::vector<std::string>& urls, bool single_file, const std::string& manifest,
               TimePoint now);
    /// The swarm says that this one failed.
    void failed(const std::string& url, const std::string& why, TimePoint now);
    /// A piece that may have come from one of them is wrong.
    void piece_rejected(std::uint32_t piece);
    /// @param starving  nothing arrives: those that failed are looked at again from time to time
    void tick(TimePoint now, bool starving);
    void take(const webseed::WebSeedWatch::Report& report);
    /// Why, by URL, of those that fail now.
    [[nodiscard]] std::map<std::string, std::string> failures() const;
    /// The same as one text; empty: none does.
    [[nodiscard]] std::string failures_text() const;

  private:
    struct Seed {
        std::string asked;  ///< what the swarm asks; empty: it does not yet
        std::string why;    ///< empty: it has not failed
        std::string swarms_words;
        bool wrong_bytes = false;  ///< it may answer well, and yet is of no use
        TimePoint looked{};
    };

    void look(const std::string& url, Seed& seed, TimePoint now);

    std::uint64_t torrent_;
    webseed::WebSeedWatch& watch_;
    Actions actions_;
    std::shared_ptr<const std::string> manifest_;
    bool single_file_ = true;
    std::map<std::string, Seed> seeds_;                   ///< by URL as the manifest has it
    std::set<std::pair<std::string, std::string>> told_;  ///< URL and reason
    std::set<std::uint32_t> compared_;                    ///< pieces
};

/// The manifest as a swarm gets it that WebSeeds is for: without the web seeds that are held back.
std::string asked_at_once(const manifest::Manifest& manifest, const std::string& bytes);

}  // namespace shoal::client
