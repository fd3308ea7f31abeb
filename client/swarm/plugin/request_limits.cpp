#include "client/swarm/plugin/request_limits.hpp"

#include <algorithm>
#include <cstdint>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/peer_connection.hpp>
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
    Limited(lt::peer_connection_handle connection, int between_hosts)
        : connection_(std::move(connection)), between_hosts_(between_hosts) {}

    lt::string_view type() const override { return "shoal_request_limits"; }

    /// After libtorrent's own entries. It knows the other's peer id by now.
    void add_handshake(lt::entry& handshake) override {
        handshake["reqq"] = is_client(connection_, "SH") ? between_hosts_ : RequestLimits::kTakenFromOthers;
    }

    /// libtorrent takes over the number itself after this call, so it is corrected when it counts.
    bool on_extension_handshake(const lt::bdecode_node& handshake) override {
        const auto taken = handshake.dict_find_int_value("reqq");
        if (taken <= 0) return true;
        const bool shoal = is_client(connection_, "SH");
        const auto most = shoal ? std::min<std::int64_t>(taken, between_hosts_) : taken - kSpare;
        most_ = static_cast<std::uint16_t>(std::clamp<std::int64_t>(most, 1, UINT16_MAX));
        if (!shoal && taken >= kTakesHundreds)
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

    /// Once a second: a peer may send its extended handshake again.
    void tick() override { limit(); }

  private:
    void limit() {
        const auto native = connection_.native_handle();
        if (most_ == 0 || native == nullptr) return;
        for (const auto member : {RequestQueue::kMost, RequestQueue::kDesired}) {
            std::uint16_t& requests = native.get()->*member;
            requests = std::min(requests, most_);
        }
    }

    lt::peer_connection_handle connection_;
    int between_hosts_;
    std::uint16_t most_ = 0;   ///< requests under way; 0: the peer did not say
    std::uint16_t first_ = 0;  ///< of them, when it unchokes for the first time; 0: as libtorrent begins
};

}  // namespace

std::shared_ptr<lt::peer_plugin> RequestLimits::new_connection(const lt::peer_connection_handle& connection) {
    if (connection.type() != lt::connection_type::bittorrent) return nullptr;
    return std::make_shared<Limited>(connection, between_hosts_);
}

}  // namespace shoal::client
