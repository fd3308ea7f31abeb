#include "client/swarm/plugin/request_limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/peer_connection.hpp>
#include <libtorrent/torrent_info.hpp>
#include <utility>

#include "client/swarm/plugin/client_id.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

/// Two more than Transmission's fault needs, for a block that comes as the next request goes out.
constexpr int kSpare = 2;
/// A peer that takes as many as this is no phone.
constexpr int kTakesHundreds = 250;
/// 2 MiB: what a peer of 1 MB/s sends within two seconds.
constexpr std::uint16_t kFirstRequests = 128;
/// Transmission's own 512: what is missing from them at first is half a second's content less.
constexpr std::uint16_t kFirstToTransmission = 512;

/// libtorrent has no setting for either, and its library does not export the functions.
struct RequestQueue : lt::peer_connection {
    static constexpr auto kDesired = &RequestQueue::m_desired_queue_size;  ///< grows as blocks come
    static constexpr auto kMost = &RequestQueue::m_max_out_request_queue;
};

class Limited : public lt::peer_plugin {
  public:
    Limited(lt::peer_connection_handle connection, RequestLimits::BetweenHosts between_hosts)
        : connection_(std::move(connection)), between_hosts_(between_hosts) {}

    lt::string_view type() const override { return "shoal_request_limits"; }

    /// After libtorrent's own entries. It knows the other's peer id by now.
    void add_handshake(lt::entry& handshake) override {
        handshake["reqq"] =
            is_client(connection_, "SH") ? between_hosts_.most : RequestLimits::kTakenFromOthers;
    }

    /// libtorrent takes over the number itself after this call, so it is corrected when it counts.
    bool on_extension_handshake(const lt::bdecode_node& handshake) override {
        const auto taken = handshake.dict_find_int_value("reqq");
        if (taken <= 0) return true;
        shoal_ = is_client(connection_, "SH");
        const auto most = shoal_ ? std::min<std::int64_t>(taken, between_hosts_.most) : taken - kSpare;
        most_ = static_cast<std::uint16_t>(std::clamp<std::int64_t>(most, 1, UINT16_MAX));
        if (!shoal_ && taken >= kTakesHundreds)
            first_ = std::min(most_, is_client(connection_, "TR") ? kFirstToTransmission : kFirstRequests);
        return true;
    }

    /// Before libtorrent sends the first requests.
    bool on_unchoke() override {
        limit();
        const auto native = connection_.native_handle();
        if (native != nullptr) {
            std::uint16_t& desired = native.get()->*RequestQueue::kDesired;
            desired = std::max(desired, std::exchange(first_, std::uint16_t{0}));
        }
        return false;
    }

    bool on_piece(const lt::peer_request& block, lt::span<const char>) override {
        received_ += block.length;
        return false;
    }

    /// Once a second: a peer may send its extended handshake again.
    void tick() override {
        rate_ = std::exchange(received_, 0);
        limit();
    }

  private:
    void limit() {
        const auto native = connection_.native_handle();
        if (most_ == 0 || native == nullptr) return;
        const std::uint16_t most = shoal_ ? between_hosts() : most_;
        for (const auto member : {RequestQueue::kMost, RequestQueue::kDesired}) {
            std::uint16_t& requests = native.get()->*member;
            requests = std::min(requests, most);
        }
        if (shoal_) native.get()->*RequestQueue::kMost = most;
    }

    [[nodiscard]] std::uint16_t between_hosts() const {
        if (between_hosts_.ahead.count() == 0) return most_;
        const auto info = connection_.associated_torrent().torrent_file();
        const std::int64_t two_pieces = info == nullptr ? 0 : 2 * std::int64_t{info->piece_length()};
        const std::int64_t ahead = rate_ * between_hosts_.ahead.count() / 1000;
        const std::int64_t blocks = std::max(two_pieces, ahead) / lt::default_block_size;
        const std::int64_t fewest = std::min<std::int64_t>(RequestLimits::kFewest, most_);
        return static_cast<std::uint16_t>(std::clamp<std::int64_t>(blocks, fewest, most_));
    }

    lt::peer_connection_handle connection_;
    RequestLimits::BetweenHosts between_hosts_;
    bool shoal_ = false;
    std::uint16_t most_ = 0;     ///< requests under way; 0: the peer did not say
    std::uint16_t first_ = 0;    ///< of them, when it unchokes for the first time; 0: as libtorrent begins
    std::int64_t received_ = 0;  ///< bytes of content since the last tick
    std::int64_t rate_ = 0;      ///< the same, between the last two
};

}  // namespace

std::shared_ptr<lt::peer_plugin> RequestLimits::new_connection(const lt::peer_connection_handle& connection) {
    if (connection.type() != lt::connection_type::bittorrent) return nullptr;
    return std::make_shared<Limited>(connection, between_hosts_);
}

}  // namespace shoal::client
