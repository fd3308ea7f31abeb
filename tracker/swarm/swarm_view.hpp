#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracker/model/record.hpp"

/// Copies of what the table holds, for the API, the page and the metrics.
namespace shoal::tracker {

struct PeerView {
    PeerContact contact;
    std::string site;  ///< empty: none
    std::uint64_t left = 0;
    std::uint64_t uploaded = 0;
    double rate = 0;  ///< bytes a second between the last two announces: down, or up for a seed
    UnixSeconds first_seen = 0;
    UnixSeconds last_seen = 0;
    bool left_known = false;
    bool seed = false;
    bool partial_seed = false;
    bool stalled = false;  ///< a leecher that has got nothing for two intervals
    bool lost = false;     ///< stopped announcing without a word
};

/// The peers of one site in one swarm.
struct SitePart {
    std::string name;  ///< empty: of no site
    std::uint32_t seeds = 0;
    std::uint32_t leechers = 0;  ///< without partial seeds
    std::uint32_t partial_seeds = 0;
    std::uint32_t lost = 0;
    std::uint32_t stalled = 0;
    double rate = 0;             ///< bytes a second that its leechers receive together
    std::optional<double> mean;  ///< as in ProgressView

    [[nodiscard]] std::uint32_t live() const { return seeds + leechers + partial_seeds; }
};

/// How far the peers of a swarm are. Shares are of the torrent, 0 to 1; lost peers do not count. A swarm of
/// very many leechers is judged by a sample, in which each kind of peer has its share.
struct ProgressView {
    /// Not known where there is no peer, or where the size is not known.
    struct Shares {
        double mean = 0;
        double half = 0;     ///< half of the peers have at least this; in steps of a thousandth, rounded down
        double slowest = 0;  ///< 99 % of the peers have at least this; likewise
    };
    std::optional<Shares> shares;
    double rate = 0;  ///< bytes a second that the leechers receive together
    /// Until 99 % of the leechers that receive something are done, at the rate of each.
    std::optional<std::uint64_t> seconds_left;
    std::uint32_t stalled = 0;    ///< leechers
    std::vector<SitePart> sites;  ///< only those with peers; none where the tracker knows no sites
    // At most as many as were asked for.
    std::vector<PeerView> behind;  ///< leechers: the stalled ones, then who has least
    std::vector<PeerView> lost;    ///< who was heard of last comes first
};

struct SwarmView {
    InfoHash info_hash;
    SwarmCounts counts;
    std::uint32_t lost = 0;
    UnixSeconds created = 0;
    UnixSeconds last_active = 0;
    bool registered = false;
    std::string name;                      ///< empty: not registered
    std::uint64_t size = 0;                ///< bytes; where it is not registered what most peers say, or 0
    std::optional<ProgressView> progress;  ///< where it was asked for

    [[nodiscard]] std::uint32_t partial_seeds() const { return counts.incomplete - counts.downloaders; }
};

enum class PeerFilter : std::uint8_t { kAll, kLeechers, kStalled, kPartialSeeds, kLost, kSeeds };

/// Which peers of a swarm. They come leechers first (the stalled ones, then who has least), then partial
/// seeds, then lost ones (who was heard of last), then seeds.
struct PeerQuery {
    PeerFilter filter = PeerFilter::kAll;
    std::optional<std::string> site;  ///< of this site only; an empty name: of none
    std::size_t offset = 0;
    std::size_t most = 0;
};

struct PeerPage {
    std::size_t total = 0;  ///< that fit the query
    std::vector<PeerView> peers;
};

}  // namespace shoal::tracker
