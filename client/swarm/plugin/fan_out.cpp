#include "client/swarm/plugin/fan_out.hpp"

#include <algorithm>
#include <libtorrent/extensions.hpp>
#include <libtorrent/info_hash.hpp>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/torrent_status.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "client/swarm/plugin/torrent_policy.hpp"
#include "client/swarm/policy/leecher.hpp"

namespace shoal::client {
namespace lt = libtorrent;

class FanOut::Session : public lt::plugin {
  public:
    explicit Session(const FanOutOptions& options) : options_(options), random_(std::random_device{}()) {}

    lt::feature_flags_t implemented_features() override { return tick_feature; }
    void added(const lt::session_handle& session) override { session_ = session; }

    std::shared_ptr<lt::torrent_plugin> new_torrent(const lt::torrent_handle& torrent,
                                                    lt::client_data_t) override {
        auto view = std::make_shared<FanOutView>();
        // Never 0 and never negative: it travels as a bencoded integer.
        const policy::OriginId self = 1 + random_() % (std::uint64_t{1} << 62);
        auto policy = std::make_shared<TorrentPolicy>(torrent, options_, self, random_(), view);
        const std::lock_guard lock(mutex_);
        views_[torrent.info_hashes()] = view;
        return policy;
    }

    void on_tick() override {
        if (!serve_everybody() && options_.adapt_unchoke_slots) adapt_slots();
    }

    std::shared_ptr<FanOutView> view(const lt::info_hash_t& torrent) const {
        const std::lock_guard lock(mutex_);
        const auto found = views_.find(torrent);
        return found == views_.end() ? nullptr : found->second.lock();
    }

  private:
    bool serve_everybody();
    void adapt_slots();
    void set_slots(int slots);

    FanOutOptions options_;
    std::mt19937_64 random_;
    lt::session_handle session_;
    policy::UnchokeSlots slots_;
    std::int64_t uploaded_ = 0;
    std::optional<int> slots_before_rationing_;
    mutable std::mutex mutex_;
    /// A view lives as long as its torrent's policy.
    std::map<lt::info_hash_t, std::weak_ptr<FanOutView>> views_;
};

/// While an origin rations it decides who gets what, and a choked peer could not fetch what it was shown.
bool FanOut::Session::serve_everybody() {
    bool rationing = false;
    {
        const std::lock_guard lock(mutex_);
        for (auto at = views_.begin(); at != views_.end();) {
            const auto view = at->second.lock();
            if (view == nullptr) {
                at = views_.erase(at);
                continue;
            }
            const std::lock_guard view_lock(view->mutex);
            rationing = rationing || (view->ration && !view->ration->released);
            ++at;
        }
    }
    if (rationing && !slots_before_rationing_) {
        slots_before_rationing_ = session_.get_settings().get_int(lt::settings_pack::unchoke_slots_limit);
        set_slots(-1);
    } else if (!rationing && slots_before_rationing_) {
        set_slots(*slots_before_rationing_);
        slots_before_rationing_.reset();
    }
    return rationing;
}

void FanOut::Session::set_slots(int slots) {
    lt::settings_pack settings;
    settings.set_int(lt::settings_pack::unchoke_slots_limit, slots);
    session_.apply_settings(std::move(settings));
}

void FanOut::Session::adapt_slots() {
    std::int64_t uploaded = 0;
    std::uint32_t interested = 0;
    bool leeching = false;
    for (const lt::torrent_handle& torrent : session_.get_torrents()) {
        const lt::torrent_status status = torrent.status(lt::status_flags_t{});
        uploaded += status.total_payload_upload;
        leeching = leeching || !status.is_seeding;
        std::vector<lt::peer_info> peers;
        torrent.get_peer_info(peers);
        interested += static_cast<std::uint32_t>(std::count_if(
            peers.begin(), peers.end(),
            [](const lt::peer_info& peer) { return bool{peer.flags & lt::peer_info::remote_interested}; }));
    }
    const std::int64_t since = uploaded - std::exchange(uploaded_, uploaded);
    if (!leeching) return;
    const std::uint32_t before = slots_.slots();
    slots_.sample({static_cast<double>(std::max<std::int64_t>(since, 0)), interested});
    if (slots_.slots() == before) return;
    set_slots(static_cast<int>(slots_.slots()));
}

FanOut::FanOut(const FanOutOptions& options) : session_(std::make_shared<Session>(options)) {}
FanOut::~FanOut() = default;

void FanOut::attach(lt::session& session) {
    session.add_extension(session_);
}

std::optional<policy::Ration::Status> FanOut::ration_status(const lt::info_hash_t& torrent) const {
    const auto view = session_->view(torrent);
    if (view == nullptr) return std::nullopt;
    const std::lock_guard lock(view->mutex);
    return view->ration;
}

int FanOut::rationing_origins(const lt::info_hash_t& torrent) const {
    const auto view = session_->view(torrent);
    if (view == nullptr) return 0;
    const std::lock_guard lock(view->mutex);
    return view->rationing_origins;
}

}  // namespace shoal::client
