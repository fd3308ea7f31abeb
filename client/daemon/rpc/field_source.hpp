#pragma once

#include <optional>
#include <vector>

#include "client/daemon/engine.hpp"

namespace shoal::daemon {

/// One torrent while its fields are written: asks the engine for each part once, and only when a field needs
/// it.
class FieldSource {
  public:
    FieldSource(const Engine& engine, TorrentNumber torrent)
        : engine_(engine), torrent_(torrent), view_(engine.view(torrent)) {}

    [[nodiscard]] const Engine& engine() const { return engine_; }
    [[nodiscard]] const TorrentView& view() const { return view_; }
    const TorrentDetail& detail() { return once(detail_, &Engine::detail); }
    const std::vector<FileView>& files() { return once(files_, &Engine::files); }
    const std::vector<PeerView>& peers() { return once(peers_, &Engine::peers); }
    const std::vector<TrackerView>& trackers() { return once(trackers_, &Engine::trackers); }
    [[nodiscard]] SlowView slow() const { return engine_.slow(torrent_); }
    [[nodiscard]] std::vector<bool> pieces() const { return engine_.pieces(torrent_); }

  private:
    template <typename Part>
    const Part& once(std::optional<Part>& part, Part (Engine::*ask)(TorrentNumber) const) {
        if (!part) part = (engine_.*ask)(torrent_);
        return *part;
    }

    const Engine& engine_;
    TorrentNumber torrent_;
    TorrentView view_;
    std::optional<TorrentDetail> detail_;
    std::optional<std::vector<FileView>> files_;
    std::optional<std::vector<PeerView>> peers_;
    std::optional<std::vector<TrackerView>> trackers_;
};

}  // namespace shoal::daemon
