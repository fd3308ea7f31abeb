#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/daemon/state_store.hpp"
#include "client/daemon/torrents/torrent_table.hpp"
#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {
class Swarm;
struct TorrentSpec;
}  // namespace shoal::client

namespace shoal::daemon {

/// What lies in the places of contents, and whose it is. Of two torrents that name the same place one owns
/// it.
class ContentPlaces {
  public:
    ContentPlaces(const TorrentTable& torrents, StateStore& store, const client::Swarm& swarm);

    /// The other torrent whose own content would change with this one's; null: there is none.
    [[nodiscard]] Torrent* other_owner(const Torrent& torrent) const;
    /// Why this torrent may not touch what lies in its place.
    [[nodiscard]] static Error not_its_own(const Torrent& torrent, const Torrent& owner);
    /// A symbolic link that leads out of the content, or out of its hidden folder.
    [[nodiscard]] static std::optional<std::filesystem::path> find_link(const Torrent& torrent,
                                                                        const manifest::Manifest& facts);
    [[nodiscard]] std::optional<std::filesystem::path> find_link(const Torrent& torrent) const;

    /// Pieces say nothing of bytes behind the content's end, nor of zeros that are missing before it.
    [[nodiscard]] bool has_right_sizes(const Torrent& torrent) const;
    /// Is every file that is wanted verified?
    [[nodiscard]] bool has_all_wanted(const Torrent& torrent) const;
    /// Was some of its files there before, whole, and were others chosen since?
    [[nodiscard]] bool only_lacks_files(const Torrent& torrent) const;
    /// Files that are wanted, and have their places in the hidden folder: by number.
    [[nodiscard]] static std::map<std::uint32_t, std::string> awaited_files(const Torrent& torrent,
                                                                            const manifest::Manifest& facts);
    /// Of all that are not in their places, for the swarm.
    [[nodiscard]] static std::map<std::uint32_t, std::string> hidden_paths(const Torrent& torrent,
                                                                           const manifest::Manifest& facts);

    // After a kill. Each puts right what the record says of the content.

    /// It was on its way to another folder: it is where all of it is.
    static void find_moved(Torrent& torrent, client::TorrentSpec& spec);
    /// Was it delivered?
    void find_delivered(Torrent& torrent, const manifest::Manifest& facts, client::TorrentSpec& spec) const;
    /// Which of the files that were chosen later were delivered?
    void find_placed(Torrent& torrent, const manifest::Manifest& facts) const;

  private:
    const TorrentTable& torrents_;
    StateStore& store_;
    const client::Swarm& swarm_;
};

}  // namespace shoal::daemon
