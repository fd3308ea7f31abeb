#pragma once

#include <cstdint>

namespace shoal::policy {

/// When to hide from libtorrent that there is anybody to dial, so that it throws nobody out.
///
/// 90 s after its start, and then every `peer_turnover_interval`, libtorrent closes the worst connection of
/// each torrent that has all it dials for, to make room for a peer it has not tried: `peer_turnover` percent
/// of them, but at least one, also where that is 0. The worst is the one with nothing for us at that moment:
/// the origin that rations. Among 100 hosts 52 of its 60 peers left it within seconds
/// (docs/measurements/2026-11-22-fan-out-ideas.md). The interval can be set, the first 90 s cannot. It closes
/// nothing where there is nobody to dial.
class TurnoverPause {
  public:
    enum class Change { kNone, kHide, kShow };

    /// Once for each second tick of the session, before libtorrent's own part of it, from the first on.
    Change tick() {
        if (ticks_ > kShow) return Change::kNone;
        ++ticks_;
        if (ticks_ == kHide) return Change::kHide;
        if (ticks_ == kShow) return Change::kShow;
        return Change::kNone;
    }

  private:
    // libtorrent 2.0: session_impl::m_disconnect_time_scaler. Some before and after: settings take effect
    // between two ticks, and a tick may have passed before the plugin was there.
    static constexpr std::uint32_t kTurnover = 90;
    static constexpr std::uint32_t kHide = kTurnover - 4;
    static constexpr std::uint32_t kShow = kTurnover + 2;

    std::uint32_t ticks_ = 0;
};

}  // namespace shoal::policy
