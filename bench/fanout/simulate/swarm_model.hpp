#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "bench/fanout/simulate/event_queue.hpp"
#include "bench/fanout/simulate/piece_map.hpp"
#include "bench/fanout/simulate/scenario.hpp"
#include "client/swarm/policy/leecher.hpp"
#include "client/swarm/policy/ration.hpp"

namespace shoal::simulate {

/// A swarm of hosts with one link each. Links send chunks one after the other, in turn for each of their
/// transfers; a transfer keeps a few chunks under way, as TCP does. An uploader with a free slot serves a
/// neighbour that wants something, its rarest piece first. Origins do what policy::Ration says.
class SwarmModel {
  public:
    explicit SwarmModel(const Scenario& scenario);
    Outcome run();

  private:
    using HostId = std::uint32_t;
    using TransferId = std::uint32_t;

    struct Transfer {
        HostId from = 0;
        HostId to = 0;
        std::uint32_t piece = 0;
        std::uint32_t to_send = 0;     ///< chunks
        std::uint32_t to_receive = 0;  ///< chunks
        bool dropped = false;
    };
    struct Host {
        std::vector<HostId> neighbours;
        std::vector<TransferId> sending;  ///< not yet sent whole
        std::uint32_t turn = 0;
        std::uint32_t incoming = 0;
        std::uint32_t has = 0;
        std::uint32_t slots = 0;
        std::uint64_t sent = 0;  ///< bytes, since the last sample
        Time busy = 0;           ///< in all
        Time downlink_free = 0;
        Time started = -1;
        Time done = -1;
        bool sends_now = false;
        bool alive = false;
        bool late = false;
        policy::UnchokeSlots adaptive;
    };
    struct Origin {
        std::unique_ptr<policy::Ration> ration;
        bool gone = false;
    };

    [[nodiscard]] bool is_origin(HostId host) const { return host < scenario_.origins; }
    [[nodiscard]] bool rations(HostId host) const {
        return is_origin(host) && origins_[host].ration != nullptr && !origins_[host].ration->released();
    }
    [[nodiscard]] bool complete(const Host& host) const { return host.has == pieces_; }
    [[nodiscard]] std::uint32_t bytes_of(std::uint32_t piece) const;
    [[nodiscard]] std::uint32_t chunks_of(std::uint32_t piece) const;
    /// Of the chunk that the transfer sends next.
    [[nodiscard]] std::uint32_t next_bytes(const Transfer& transfer) const;
    [[nodiscard]] Time wire_time(std::uint32_t bytes) const;
    [[nodiscard]] policy::TimePoint now() const {
        return policy::TimePoint{} + std::chrono::nanoseconds(now_);
    }

    void connect();
    void start(HostId host);
    void kill(HostId host);
    void handle(const Event& event);
    void send_next(HostId host);
    void sent(HostId host, TransferId id);
    void delivered(TransferId id);
    void verified(HostId host, std::uint32_t piece);
    void begin(HostId from, HostId to, std::uint32_t piece);
    void drop(TransferId id);
    void fill_slots(HostId host);
    void act(HostId origin);
    void offered(HostId origin, HostId to, std::uint32_t piece);
    void tick();
    [[nodiscard]] bool finished() const { return waiting_ == 0; }
    Outcome outcome() const;

    Scenario scenario_;
    std::uint32_t pieces_;
    std::uint32_t chunk_;
    double bytes_a_second_;  ///< of payload
    std::uint32_t connections_;
    std::mt19937_64 random_;
    PieceMap map_;
    EventQueue queue_;
    Time now_ = 0;
    std::vector<Host> hosts_;
    std::vector<Origin> origins_;
    std::vector<Transfer> transfers_;
    std::vector<TransferId> free_;
    std::uint32_t waiting_ = 0;  ///< leechers that are or will be there and are not complete
    Time released_at_ = -1;
    std::uint32_t ticks_ = 0;
    Outcome result_;
};

}  // namespace shoal::simulate
