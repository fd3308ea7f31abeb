#include "client/swarm/plugin/damage_watch.hpp"

#include <libtorrent/peer_info.hpp>
#include <utility>

#include "client/swarm/plugin/connection.hpp"
#include "client/swarm/plugin/endpoint.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

class Sender : public lt::peer_plugin {
  public:
    Sender(lt::peer_connection_handle connection, std::weak_ptr<DamageWatch> watch)
        : connection_(std::move(connection)),
          watch_(std::move(watch)),
          source_(connection_.remote().address(),
                  connection_.is_outgoing() ? connection_.remote().port() : std::uint16_t{0}) {}

    void on_piece_failed(lt::piece_index_t) override {
        const auto watch = watch_.lock();
        if (watch == nullptr) return;
        lt::peer_info info;
        connection_.get_peer_info(info);
        const lt::tcp::endpoint remote = connection_.remote();
        watch->sent_damage(source_, from_libtorrent(remote.address(), remote.port()), info.client);
    }
    bool on_have(lt::piece_index_t) override { return banned(); }
    bool on_bitfield(const lt::bitfield&) override { return banned(); }
    bool on_have_all() override { return banned(); }
    bool on_allowed_fast(lt::piece_index_t) override { return banned(); }
    void tick() override {
        if (banned()) hang_up(connection_, lt::errors::peer_banned);
    }

  private:
    [[nodiscard]] bool banned() const {
        const auto watch = watch_.lock();
        return watch != nullptr && watch->banned(source_);
    }

    lt::peer_connection_handle connection_;
    std::weak_ptr<DamageWatch> watch_;
    DamageWatch::Source source_;
};

std::uint32_t number_of(lt::piece_index_t piece) {
    return static_cast<std::uint32_t>(static_cast<int>(piece));
}

}  // namespace

void DamageLog::add(DamagedPiece piece) {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
}

std::vector<DamagedPiece> DamageLog::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(pieces_, {});
}

DamageWatch::DamageWatch(lt::torrent_handle torrent, std::shared_ptr<DamageLog> log)
    : torrent_(std::move(torrent)), log_(std::move(log)) {}

std::shared_ptr<lt::peer_plugin> DamageWatch::new_connection(const lt::peer_connection_handle& connection) {
    if (connection.type() != lt::connection_type::bittorrent) return nullptr;
    return std::make_shared<Sender>(connection, weak_from_this());
}

void DamageWatch::on_piece_failed(lt::piece_index_t piece) {
    publish();
    current_ = DamagedPiece{torrent_, number_of(piece), {}};
}

void DamageWatch::on_piece_pass(lt::piece_index_t piece) {
    damaged_.erase(number_of(piece));
}

void DamageWatch::sent_damage(const Source& source, Endpoint peer, std::string client) {
    if (!current_) return;
    const bool again = !damaged_[current_->piece].insert(source).second;
    if (again) banned_.insert(source);
    current_->senders.push_back({peer, std::move(client), again});
}

void DamageWatch::tick() {
    publish();
}

void DamageWatch::publish() {
    if (current_) log_->add(std::move(*current_));
    current_.reset();
}

}  // namespace shoal::client
