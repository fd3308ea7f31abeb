#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tracker/model/address_scope.hpp"
#include "tracker/swarm/peer_pool.hpp"
#include "tracker/swarm/random.hpp"
#include "tracker/swarm/swarm.hpp"

namespace shoal::tracker {

/// Chooses the peers of one answer.
///
/// A seed has no use for other seeds: it gets leechers. A leecher, or whoever may be one, gets some seeds,
/// which have every piece, and some of the others, which keep the swarm's graph connected, in proportion to
/// the swarm but at least a quarter of each. Where there are sites, a share of each comes from the
/// announcer's own, and the rest never does: a site whose peers all lack the same pieces would starve.
///
/// A loopback address is handed out to peers that have one too: they are on the tracker's machine. A
/// link-local IPv4 address is handed out to those, and to peers that have one too.
class Selection {
  public:
    Selection(const PeerPool& pool, const Swarm& swarm, double site_share)
        : pool_(pool), swarm_(swarm), site_share_(site_share) {}

    /// @param wants_seeds  also where the announcer counts as a seed
    /// @param family       only peers that can be dialled over it
    void choose(std::uint32_t announcer, bool wants_seeds, std::uint32_t wanted, AddressFamily family,
                UnixSeconds now, Random& random, std::vector<PeerContact>& out);

  private:
    /// Several lists as one, without the announcer: it is left out of the numbering, not skipped, since
    /// skipping would favour its neighbour.
    class Candidates {
      public:
        void clear() {
            count_ = 0;
            size_ = 0;
            left_out_ = UINT32_MAX;
        }
        void add(const std::vector<std::uint32_t>& list);
        void leave_out(std::uint32_t place, std::uint32_t position);
        [[nodiscard]] std::uint32_t size() const { return size_ - (left_out_ < size_ ? 1 : 0); }
        [[nodiscard]] std::uint32_t operator[](std::uint32_t i) const;

      private:
        static constexpr std::size_t kMostLists = 256;
        std::array<const std::vector<std::uint32_t>*, kMostLists> lists_;
        std::size_t count_ = 0;
        std::uint32_t size_ = 0;
        std::uint32_t left_out_ = UINT32_MAX;
    };

    void choose_from(PeerState state, std::uint32_t count);
    void sample(const Candidates& candidates, std::uint32_t count);
    /// Adds the peer where the announcer can dial it, without an address where it can not.
    bool add(const Peer& peer);
    /// Whether the announcer can dial it.
    template <std::size_t N>
    [[nodiscard]] bool reaches(const std::array<std::uint8_t, N>& address) const;

    const PeerPool& pool_;
    const Swarm& swarm_;
    double site_share_;
    std::uint32_t announcer_ = 0;
    AddressFamily family_ = AddressFamily::kBoth;
    AddressScope scope_ = AddressScope::kAnywhere;  ///< of the announcer
    UnixSeconds now_ = 0;
    Random* random_ = nullptr;
    std::vector<PeerContact>* out_ = nullptr;
};

}  // namespace shoal::tracker
