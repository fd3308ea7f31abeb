#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "client/daemon/engine.hpp"

namespace shoal::daemon {

/// `torrent-get`: one JSON value a torrent and field. Only what the wanted fields need is asked of the
/// engine.
class TorrentFields {
  public:
    /// @param names  as the protocol writes them; unknown ones are left out of the answer, as Transmission
    /// does
    explicit TorrentFields(const std::vector<std::string>& names);
    ~TorrentFields();
    TorrentFields(const TorrentFields&) = delete;
    TorrentFields& operator=(const TorrentFields&) = delete;

    [[nodiscard]] nlohmann::json as_object(const Engine& engine, TorrentNumber torrent) const;
    /// The first row of the "table" format.
    [[nodiscard]] nlohmann::json table_head() const;
    [[nodiscard]] nlohmann::json as_row(const Engine& engine, TorrentNumber torrent) const;

  private:
    struct Field;
    std::vector<Field> fields_;
};

/// Trackers as torrent-set's `trackerList` writes them: one a line, an empty line between tiers.
std::string tracker_list_text(const std::vector<TrackerView>& trackers);

}  // namespace shoal::daemon
