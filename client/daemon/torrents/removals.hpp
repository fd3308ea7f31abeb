#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "client/content/staging_folder.hpp"
#include "client/daemon/state_store.hpp"
#include "client/daemon/torrent_view.hpp"

namespace shoal::daemon {

/// What is still to be done for torrents that are gone: the session deletes their content in the background,
/// then their hidden folders, the folders that were made for them and their state files go too.
class Removals {
  public:
    explicit Removals(StateStore& store) : store_(store) {}

    /// @param content  that the session is deleting
    /// @param staging  null: the content was in its place
    void finish(TorrentNumber number, std::filesystem::path content,
                std::unique_ptr<client::StagingFolder> staging);
    /// Folders that were made for one torrent alone go once they are empty.
    /// @param made  the topmost of them; empty: none
    void leave_made_folders(const std::filesystem::path& folder, const std::filesystem::path& made);
    void remember(TorrentNumber number, std::int64_t now);
    /// Numbers of the last minute: what "recently" means to the protocol.
    [[nodiscard]] std::vector<TorrentNumber> recent() const;
    /// Looks whether contents are deleted.
    void look();
    /// Once a second.
    void tick(std::int64_t now);

  private:
    struct Removal {
        TorrentNumber number = 0;
        std::filesystem::path content;
        std::unique_ptr<client::StagingFolder> staging;
        int looks = 0;  ///< that are left until we give up
    };

    bool is_over(Removal& removal);

    StateStore& store_;
    std::vector<Removal> removals_;
    std::vector<std::pair<std::filesystem::path, int>> folders_;  ///< and the looks that are left
    std::vector<std::pair<std::int64_t, TorrentNumber>> recent_;
};

}  // namespace shoal::daemon
