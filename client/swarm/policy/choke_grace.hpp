#pragma once

#include <cstdint>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// How long a neighbour may go on asking after it was choked. On a slow link the choke waits behind the
/// blocks that were sent before it, for tens of seconds where seven flows share 0.1 Mbit/s. libtorrent hangs
/// up on who asks two seconds after a choke; hosts that lost many neighbours that way got their content at
/// half the rate, and they were the last (docs/fan-out.md). Until the choke arrives a request costs a REJECT
/// (BEP 6), 17 bytes; after it one of us does not ask.
///
/// Hosts with many neighbours do hang up: forgiving everybody helped 300 hosts on links of 0.3 Mbit/s, where
/// some had become lonely, and cost 100 hosts at 1 Mbit/s time; why is not known.
class ChokeGrace {
  public:
    /// For one of us, and whoever is choked for the sake of ours.
    void give() { given_ = true; }
    void choked(TimePoint now) { choked_ = now; }
    /// @return whether a request that comes now, while the peer is choked, is forgiven
    [[nodiscard]] bool covers(TimePoint now) const {
        return given_ && choked_ != TimePoint{} && now - choked_ <= kGrace;
    }
    /// The same where there are other neighbours to get content from.
    /// @param neighbours  we are connected with
    /// @param dialled     that we dial others for
    [[nodiscard]] bool covers(TimePoint now, std::uint32_t neighbours, std::uint32_t dialled) const {
        return neighbours <= dialled + dialled / 3 && covers(now);
    }

  private:
    static constexpr Duration kGrace = std::chrono::seconds(60);

    bool given_ = false;
    TimePoint choked_{};
};

}  // namespace shoal::policy
