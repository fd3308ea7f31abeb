#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/fanout/simulate/event_queue.hpp"
#include "bench/fanout/simulate/piece_map.hpp"
#include "bench/fanout/simulate/random.hpp"
#include "bench/fanout/simulate/scenario.hpp"
#include "bench/fanout/simulate/uplink.hpp"
#include "client/swarm/policy/leecher.hpp"
#include "client/swarm/policy/ration.hpp"

namespace shoal::simulate {

/// A swarm of hosts with one link each. Origins do what policy::Ration says; a host with a free slot serves a
/// neighbour that wants something, its rarest piece first.
///
/// What is approximated:
/// - A link's transfers share it equally and at once; TCP's start and its losses are not modelled. A
/// receiver's
///   link passes on what it has time for since the transfer began, in the order of the last bytes.
/// - A piece comes from one peer, one piece at a time from each; a slot stays with its peer for as long as
/// that
///   wants something, at most the unchoke interval. There is no tit-for-tat and no end game.
/// - Headers, ACKs, requests and HAVEs are a part of every link's rate. HAVE and request wait in full queues.
/// - Hashing and disk are a delay before the HAVE; the processor has no limit.
/// - The tracker answers in the order of arrival at its rate, with peers that announced before, any of them
///   equally likely. What PEX would add is left out.
class SwarmModel {
  public:
    explicit SwarmModel(const Scenario& scenario);
    Outcome run();

  private:
    using HostId = std::uint32_t;
    static constexpr std::uint32_t kNothing = 0xffffffff;

    struct Need {
        HostId host;
        std::uint32_t has;  ///< pieces, those on their way to it too
    };
    struct Host {
        Uplink up;
        std::vector<HostId> neighbours;
        Time downlink_free = 0;
        std::uint32_t has = 0;
        std::uint32_t incoming = 0;  ///< transfers
        std::uint32_t slots = 0;
        bool alive = false;
        bool late = false;
        /// No neighbour wants anything of it; a new piece or a new neighbour changes that.
        bool sated = false;
        /// It was full when it was to be served: it asks by itself once it is not.
        bool refused = false;
        Time started = -1;
        Time done = -1;
        Time checked = 0;  ///< when the last piece that it was sent is
        bool met_origin = false;
        double sampled = 0;  ///< bytes sent by the last sample
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
    /// Whether it serves whom it likes.
    [[nodiscard]] bool serves(HostId id) const;
    /// It downloads as much at once as it may, or its link is behind.
    [[nodiscard]] bool full(const Host& host) const;
    /// Until a short message of it is at a peer.
    [[nodiscard]] Time message_time(HostId from) const {
        return latency_ + (hosts_[from].up.count() != 0 ? queue_time_ : 0);
    }
    [[nodiscard]] std::uint32_t bytes_of(std::uint32_t piece) const;
    [[nodiscard]] policy::TimePoint now() const {
        return policy::TimePoint{} + std::chrono::nanoseconds(now_);
    }

    // swarm_start.cpp
    void make_origins();
    /// Its first announce is on the way.
    void launch(HostId host);
    /// The tracker answered it.
    void join(HostId host);
    void dial(HostId host);
    void meet_origins(HostId host);
    void connect(HostId one, HostId other);
    void kill(HostId host);
    void announced(Time at);

    // swarm_origin.cpp
    void act(HostId origin);
    void withdraw(HostId origin, HostId from, std::uint32_t piece);
    void offered(HostId origin, HostId to, std::uint32_t piece);
    void report_progress(HostId origin);

    // swarm_model.cpp
    void handle(const Event& event);
    void begin(HostId from, HostId to, std::uint32_t piece, Time slot_since);
    bool serve(HostId from, HostId to, Time slot_since);
    /// The neighbours that may want something, in the order in which they are served, while there are slots.
    template <typename Serve>
    void for_free_slots(HostId host, Serve serve_one);
    void fill_slots(HostId host);
    void offer_new(HostId host, std::uint32_t piece);
    void pull(HostId host);
    void lost(HostId to, std::uint32_t piece);
    void schedule(HostId host);
    void uplink_ready(HostId host, Time at);
    void sent(HostId from, const Transfer& transfer);
    void usable(HostId host, std::uint32_t piece);
    void heard(HostId from, std::uint32_t piece);
    void tick();
    void sample_slots();
    [[nodiscard]] bool finished() const { return waiting_ == 0; }
    [[nodiscard]] Outcome outcome();

    Scenario scenario_;
    std::uint32_t pieces_;
    std::uint32_t connections_;
    double payload_rate_ = 0;         ///< of a leecher's link
    double origin_payload_rate_ = 0;  ///< of an origin's
    Time latency_ = 0;
    Time queue_time_ = 0;  ///< that a message waits for in a busy link's queue
    Time backlog_ = 0;     ///< of a link in, above which nothing more is asked for
    Random random_;
    PieceMap map_;
    EventQueue queue_;
    Time now_ = 0;
    std::vector<Host> hosts_;
    std::vector<Origin> origins_;
    std::vector<HostId> joined_;
    /// Pieces that a host has or is being sent; kNothing where it is not there or has them all.
    std::vector<std::uint32_t> wants_;
    std::vector<Need> needs_;
    std::vector<bool> seen_outside_;  ///< pieces that some leecher has
    std::uint32_t seen_count_ = 0;
    std::vector<std::uint32_t> announces_;  ///< in each second
    Time tracker_free_ = 0;
    std::uint32_t waiting_ = 0;  ///< leechers that are or will be there and are not complete
    Time released_at_ = -1;
    std::uint32_t ticks_ = 0;
    Outcome result_;
};

}  // namespace shoal::simulate
