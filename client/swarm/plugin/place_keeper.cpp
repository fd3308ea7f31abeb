#include "client/swarm/plugin/place_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/torrent_status.hpp>

#include "client/swarm/plugin/connection.hpp"
#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

policy::TimePoint now() {
    return policy::TimePoint::clock::now();
}

class Guest : public lt::peer_plugin {
  public:
    Guest(lt::peer_connection_handle connection, std::weak_ptr<PlaceKeeper> keeper, policy::PeerId id)
        : connection_(std::move(connection)), keeper_(std::move(keeper)), id_(id) {}

    bool on_handshake(lt::span<const char>) override {
        if (const auto keeper = keeper_.lock())
            keeper->places().joined(id_, connection_.remote().address().to_string(), now());
        return true;
    }
    bool on_extension_handshake(const lt::bdecode_node& handshake) override {
        if (handshake.dict_find_dict(lt::string_view(wire::kHandshakeKey.data(), wire::kHandshakeKey.size())))
            belongs();
        return true;
    }
    bool on_request(const lt::peer_request&) override {
        belongs();
        return false;
    }
    bool on_piece(const lt::peer_request&, lt::span<const char>) override {
        belongs();
        return false;
    }
    void sent_unchoke() override {
        if (const auto keeper = keeper_.lock()) keeper->places().may_ask(id_);
    }
    void on_disconnect(const lt::error_code&) override {
        if (const auto keeper = keeper_.lock()) keeper->places().left(id_);
    }
    void tick() override {
        const auto keeper = keeper_.lock();
        if (keeper != nullptr && keeper->must_go(id_)) hang_up(connection_, lt::errors::timed_out_no_request);
    }

  private:
    void belongs() {
        if (belongs_) return;
        belongs_ = true;
        if (const auto keeper = keeper_.lock()) keeper->places().belongs(id_);
    }

    lt::peer_connection_handle connection_;
    std::weak_ptr<PlaceKeeper> keeper_;
    policy::PeerId id_;
    bool belongs_ = false;
};

}  // namespace

void BlockLog::add(Block block) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(block));
}

std::vector<BlockLog::Block> BlockLog::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(blocks_, {});
}

PlaceKeeper::PlaceKeeper(lt::torrent_handle torrent, int incoming_percent, std::shared_ptr<BlockLog> log)
    : torrent_(std::move(torrent)), incoming_percent_(incoming_percent), log_(std::move(log)) {}

std::shared_ptr<lt::peer_plugin> PlaceKeeper::new_connection(const lt::peer_connection_handle& connection) {
    // Whom we dialled is nobody who takes our places.
    if (connection.type() != lt::connection_type::bittorrent || connection.is_outgoing()) return nullptr;
    return std::make_shared<Guest>(connection, weak_from_this(), next_peer_++);
}

void PlaceKeeper::tick() {
    constexpr std::size_t kFewest = 8;  // fewer are no shortage anywhere
    going_.clear();
    if (places_.connections() < kFewest) return;
    if (!torrent_.status(lt::status_flags_t{}).is_seeding) return;
    const std::int64_t limit = torrent_.max_connections();
    if (limit <= 0 || limit >= (1 << 20)) return;
    auto verdict = places_.judge(static_cast<std::uint32_t>(limit * incoming_percent_ / 100), now());
    going_ = std::move(verdict.go);
    std::sort(going_.begin(), going_.end());
    for (auto& block : verdict.block) log_->add(block);
}

bool PlaceKeeper::must_go(policy::PeerId peer) const {
    return std::binary_search(going_.begin(), going_.end(), peer);
}

}  // namespace shoal::client
