#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "client/daemon/torrents/torrent.hpp"

namespace shoal::daemon {

/// Every torrent of the daemon, by its number, its hashes and the swarm's id. A torrent stays where it is in
/// memory until it is erased.
class TorrentTable {
  public:
    using Map = std::map<TorrentNumber, std::unique_ptr<Torrent>>;

    Torrent& insert(std::unique_ptr<Torrent> torrent);
    /// `torrent` is gone then.
    void erase(const Torrent& torrent);
    /// It may be asked for by these, in hexadecimal digits; a v2 hash counts by its first 40 (BEP 52).
    /// @throws Error where one of them names another torrent
    void name_hashes(Torrent& torrent, const std::vector<std::string>& hashes);
    void join(Torrent& torrent, client::TorrentId id);
    void leave(Torrent& torrent);

    /// @throws Error where there is none of that number
    [[nodiscard]] Torrent& at(TorrentNumber number);
    [[nodiscard]] const Torrent& at(TorrentNumber number) const;
    /// Null: there is none.
    [[nodiscard]] Torrent* find(TorrentNumber number);
    [[nodiscard]] Torrent* of_swarm(client::TorrentId id);
    [[nodiscard]] std::optional<TorrentNumber> find_hash(std::string_view hash) const;
    /// The first behind `number`, or the first of all. Not of an empty table.
    [[nodiscard]] Torrent& next_after(TorrentNumber number);
    [[nodiscard]] std::vector<TorrentNumber> numbers() const;
    [[nodiscard]] std::size_t size() const { return torrents_.size(); }
    /// In the order of their numbers.
    [[nodiscard]] Map::const_iterator begin() const { return torrents_.begin(); }
    [[nodiscard]] Map::const_iterator end() const { return torrents_.end(); }

  private:
    Map torrents_;
    std::unordered_map<std::string, TorrentNumber> by_hash_;  ///< 40 digits
    std::unordered_map<client::TorrentId, TorrentNumber> by_swarm_id_;
};

}  // namespace shoal::daemon
