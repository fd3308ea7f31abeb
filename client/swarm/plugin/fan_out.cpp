#include "client/swarm/plugin/fan_out.hpp"

#include <chrono>
#include <libtorrent/extensions.hpp>
#include <libtorrent/info_hash.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/settings_pack.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "client/swarm/plugin/torrent_policy.hpp"
#include "client/swarm/policy/turnover_pause.hpp"

namespace shoal::client {
namespace lt = libtorrent;

class FanOut::Session : public lt::plugin, public std::enable_shared_from_this<Session> {
  public:
    explicit Session(const FanOutOptions& options)
        : options_(options), random_(std::random_device{}()), slots_(options.slots) {}

    lt::feature_flags_t implemented_features() override { return tick_feature; }
    void added(const lt::session_handle& session) override { session_ = session; }

    std::shared_ptr<lt::torrent_plugin> new_torrent(const lt::torrent_handle& torrent,
                                                    lt::client_data_t) override {
        auto view = std::make_shared<FanOutView>();
        // Never 0 and never negative: it travels as a bencoded integer.
        const policy::OriginId self = 1 + random_() % (std::uint64_t{1} << 62);
        auto policy = std::make_shared<TorrentPolicy>(torrent, options_, self, random_(), view);
        policy->on_first_piece([session = weak_from_this()](double pieces_a_second) {
            const auto here = session.lock();
            if (here == nullptr) return;
            here->slots_.begin(pieces_a_second);
            here->set_slots();
        });
        const std::lock_guard lock(mutex_);
        views_[torrent.info_hashes()] = view;
        return policy;
    }

    void on_tick() override;

    std::shared_ptr<FanOutView> view(const lt::info_hash_t& torrent) const {
        const std::lock_guard lock(mutex_);
        const auto found = views_.find(torrent);
        return found == views_.end() ? nullptr : found->second.lock();
    }

  private:
    struct Activity {
        bool rationing = false;
        double pieces_sent = 0;  ///< since the last look
    };
    Activity look();
    void set_slots();
    void keep_neighbours(int max_failcount);

    FanOutOptions options_;
    std::mt19937_64 random_;
    lt::session_handle session_;
    policy::UnchokeSlots slots_;
    bool rationing_ = false;
    policy::TurnoverPause turnover_;
    policy::TimePoint looked_ = TorrentPolicy::now();
    int slots_set_ = static_cast<int>(slots_.slots());  ///< what make_session_params begins with
    mutable std::mutex mutex_;
    /// A view lives as long as its torrent's policy.
    std::map<lt::info_hash_t, std::weak_ptr<FanOutView>> views_;
};

void FanOut::Session::on_tick() {
    const policy::TimePoint now = TorrentPolicy::now();
    const double seconds = std::chrono::duration<double>(now - std::exchange(looked_, now)).count();
    const Activity activity = look();
    if (seconds > 0) slots_.sample(activity.pieces_sent / seconds);
    // An origin that rations decides who gets what, and a choked peer could not fetch what it was shown.
    rationing_ = activity.rationing;
    set_slots();
    if (options_.max_failcount) keep_neighbours(*options_.max_failcount);
}

void FanOut::Session::keep_neighbours(int max_failcount) {
    const auto change = turnover_.tick();
    if (change == policy::TurnoverPause::Change::kNone) return;
    // Who failed at least 0 times is nobody to dial.
    const bool hide = change == policy::TurnoverPause::Change::kHide;
    lt::settings_pack settings;
    settings.set_int(lt::settings_pack::max_failcount, hide ? 0 : max_failcount);
    session_.apply_settings(std::move(settings));
}

FanOut::Session::Activity FanOut::Session::look() {
    Activity activity;
    const std::lock_guard lock(mutex_);
    for (auto at = views_.begin(); at != views_.end();) {
        const auto view = at->second.lock();
        if (view == nullptr) {
            at = views_.erase(at);
            continue;
        }
        const std::lock_guard view_lock(view->mutex);
        activity.rationing = activity.rationing || (view->ration && !view->ration->released);
        activity.pieces_sent += std::exchange(view->pieces_sent, 0.0);
        ++at;
    }
    return activity;
}

void FanOut::Session::set_slots() {
    const int slots = rationing_ ? -1 : static_cast<int>(slots_.slots());
    if (std::exchange(slots_set_, slots) == slots) return;
    lt::settings_pack settings;
    settings.set_int(lt::settings_pack::unchoke_slots_limit, slots);
    session_.apply_settings(std::move(settings));
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
