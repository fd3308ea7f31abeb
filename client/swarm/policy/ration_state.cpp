#include "client/swarm/policy/ration_state.hpp"

#include <functional>
#include <set>
#include <utility>

namespace shoal::policy {
namespace {

// A peer is slow when it takes this many times as long as peers usually do.
constexpr double kSlow = 3;
// The last pieces are handed out a second time once they are this many times as old as usual.
constexpr double kOverdue = 3;
// Peers tried in one round where each already has what is left.
constexpr std::size_t kMostRefusals = 8;
constexpr double kSmoothing = 0.25;

double seconds_between(TimePoint from, TimePoint to) {
    return std::chrono::duration<double>(to - from).count();
}

Duration to_duration(double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

void smooth(double& average, double sample) {
    average = average == 0 ? sample : average + kSmoothing * (sample - average);
}

}  // namespace

void Ration::State::heard_have(Peer& peer, TimePoint now) {
    if (peer.standard) return;
    peer.pulse.beat(now, ++haves_);
    end_silence(peer);
}

void Ration::State::heard(Peer& peer, TimePoint now) {
    if (peer.standard) return;
    peer.pulse.heard(now, haves_);
    end_silence(peer);
}

void Ration::State::end_silence(Peer& peer) {
    if (!std::exchange(peer.silent, false)) return;
    for (PieceIndex piece = 0; piece < layout_.pieces; ++piece) {
        if (peer.has[piece]) book_.claimed(piece, peer.proven[piece]);
    }
    roster_.reorder(peer);
}

void Ration::State::note_silence(Peer& peer, TimePoint now) {
    // Whoever is complete has nothing more to say.
    if (peer.standard || peer.silent || peer.has_count == layout_.pieces) return;
    if (!peer.pulse.stopped(now, haves_, options_.shortest_silence + to_duration(usual_seconds_))) return;
    peer.silent = true;
    while (!peer.hand_outs.empty()) withdraw(peer, peer.hand_outs.back().piece);
    unclaim_all(peer);
    roster_.reorder(peer);
}

void Ration::State::unclaim_all(const Peer& peer) {
    for (PieceIndex piece = 0; piece < layout_.pieces; ++piece) {
        if (peer.has[piece]) book_.unclaimed(piece, peer.proven[piece]);
    }
}

void Ration::State::learn(Peer& peer, PieceIndex piece, TimePoint now) {
    if (piece >= layout_.pieces || peer.has[piece]) return;
    peer.has[piece] = true;
    if (++peer.has_count == layout_.pieces && peer.standard) share_.complete(peer.id, now);
    HandOut* const out = peer.find(piece);
    const bool proven = out != nullptr && out->bytes_sent >= layout_.size_of(piece);
    if (proven) finish(peer, *out, now);
    // A claim to what the swarm has already may well be true; believing it keeps churn from costing second
    // copies.
    peer.proven[piece] = proven || book_.safe(piece);
    book_.claimed(piece, peer.proven[piece]);
    if (out != nullptr) drop(peer, piece);
    // The last pieces may be with two peers; who has not asked for it yet need not.
    if (book_.is_handed_out(piece) && book_.safe(piece)) {
        for (auto& [id, other] : roster_.all()) {
            const HandOut* const theirs = other.find(piece);
            if (theirs != nullptr && !theirs->asked && !other.standard) {
                drop(other, piece);
                actions.push_back({Action::What::kWithdraw, id, piece});
            }
        }
    }
    roster_.reorder(peer);
}

void Ration::State::finish(Peer& peer, const HandOut& out, TimePoint now) {
    ++finished_;
    ++peer.finished;
    peer.stalls = 0;
    if (peer.standard) return;
    const double seconds = seconds_between(out.at, now);
    smooth(peer.usual_seconds, seconds);
    // The median: a few slow peers must not make themselves look usual.
    recent_seconds_[timed_++ % recent_seconds_.size()] = seconds;
    auto recent = recent_seconds_;
    const auto count = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(timed_, recent.size()));
    std::sort(recent.begin(), recent.end(), std::greater<>());
    usual_seconds_ = recent[static_cast<std::size_t>(count / 2)];
    peer.slow = peer.finished >= 2 && peer.usual_seconds > kSlow * usual_seconds_;
    window_.completed(now, layout_.size_of(out.piece), now - out.at, full() && book_.any_left());
}

void Ration::State::drop(Peer& peer, PieceIndex piece) {
    const auto out = std::find_if(peer.hand_outs.begin(), peer.hand_outs.end(),
                                  [&](const HandOut& o) { return o.piece == piece; });
    if (out == peer.hand_outs.end()) return;
    if (peer.standard) {
        --taken_;
    } else {
        --handed_out_;
        if (out->bytes_sent < layout_.size_of(piece)) --waiting_;
    }
    peer.hand_outs.erase(out);
    book_.taken_back(piece);
    roster_.served(peer);
}

void Ration::State::withdraw(Peer& peer, PieceIndex piece) {
    drop(peer, piece);
    ++taken_back_;
    if (!peer.standard) actions.push_back({Action::What::kWithdraw, peer.id, piece});
}

void Ration::State::take_back(Peer& peer, PieceIndex piece, TimePoint now) {
    withdraw(peer, piece);
    if (peer.standard) return;
    const double rest = std::chrono::duration<double>(options_.rest).count() *
                        static_cast<double>(1ULL << std::min(peer.stalls, 16U));
    peer.rests_until = now + std::min(to_duration(rest), options_.longest_rest);
    ++peer.stalls;
    roster_.reorder(peer);
}

void Ration::State::hand_out(Peer& peer, PieceIndex piece, TimePoint now) {
    peer.hand_outs.push_back({piece, now, finished_, 0, peer.standard});
    book_.handed_out(piece);
    if (peer.standard) {
        ++taken_;
        return;
    }
    ++handed_out_;
    ++waiting_;
    share_.limit(now);
    roster_.served(peer);
    actions.push_back({Action::What::kOffer, peer.id, piece});
}

void Ration::State::tell_standard() {
    for (const StandardShare::Change& change : share_.take_changes()) {
        Peer* const peer = roster_.find(change.peer);
        if (peer == nullptr) continue;
        actions.push_back({change.may_ask ? Action::What::kUnchoke : Action::What::kChoke, peer->id});
    }
}

bool Ration::State::stalled(const Peer& peer, const HandOut& out, TimePoint now) const {
    const Duration usual = to_duration(usual_seconds_);
    // Of all that it was given: it may well finish one after the other.
    const Duration since = now - std::max(peer.progress, out.at);
    if (!out.asked && since >= options_.silence + usual) return true;
    if (since >= options_.stall_at_most + 4 * usual) return true;
    // All of it is sent: only the HAVE is missing, and on a slow link that comes behind much else. Taking the
    // piece back would send it twice.
    if (out.bytes_sent >= layout_.size_of(out.piece)) return false;
    // Overtaken: others finished twice what was under way, while this one moved nothing.
    const bool overtaken = finished_ - std::max(peer.finished_then, out.finished_then) >= 2ULL * window();
    if (since >= std::max(options_.stall_at_least, 4 * usual) && overtaken) return true;
    // It trickles, just enough to hold its place.
    return !peer.standard && roster_.eligible() > 1 && usual_seconds_ > 0 &&
           now - out.at >= std::max(2 * options_.stall_at_most, 8 * usual);
}

void Ration::State::tick(TimePoint now) {
    if (released) return;
    for (auto& [id, peer] : roster_.all()) {
        if (peer.rests_until && *peer.rests_until <= now) {
            peer.rests_until.reset();
            roster_.reorder(peer);
        }
        note_silence(peer, now);
        std::vector<PieceIndex> stuck;
        for (const HandOut& out : peer.hand_outs) {
            if (stalled(peer, out, now)) stuck.push_back(out.piece);
        }
        for (const PieceIndex piece : stuck) take_back(peer, piece, now);
    }
    hand_out_more(now);
    repeat_overdue(now);
    if (handed_out_ == 0) share_.unlimit();
    share_.tick(now);
    tell_standard();
    release_when_done();
    give_up_when_stuck(now);
}

void Ration::State::go_on(TimePoint now) {
    if (released) return;
    hand_out_more(now);
    tell_standard();
    release_when_done();
}

void Ration::State::hand_out_more(TimePoint now) {
    std::set<PeerId> refused;
    const auto peers = static_cast<std::uint32_t>(std::max<std::size_t>(roster_.eligible(), 1));
    const std::uint32_t most = std::max(2U, (window() + peers - 1) / peers);
    while (!full() && book_.any_left() && refused.size() < kMostRefusals) {
        Peer* const peer = roster_.next(most, refused);
        if (peer == nullptr) return;
        const auto piece = book_.next([&](PieceIndex p) { return bool{peer->has[p]}; });
        if (piece) {
            hand_out(*peer, *piece, now);
        } else {
            refused.insert(peer->id);
        }
    }
}

void Ration::State::repeat_overdue(TimePoint now) {
    if (handed_out_ == 0 || usual_seconds_ == 0 || book_.any_left()) return;
    std::vector<PieceIndex> overdue;
    for (const auto& [id, peer] : roster_.all()) {
        for (const HandOut& out : peer.hand_outs) {
            if (seconds_between(out.at, now) > kOverdue * usual_seconds_ && !book_.safe(out.piece) &&
                !book_.is_repeated(out.piece)) {
                overdue.push_back(out.piece);
            }
        }
    }
    for (const PieceIndex piece : overdue) {
        Peer* const peer = full() ? nullptr : roster_.next(1);
        if (peer == nullptr) return;
        if (!peer->has[piece] && peer->find(piece) == nullptr) hand_out(*peer, piece, now);
    }
}

void Ration::State::release_when_done() {
    if (released) return;
    // What is on the last stretch to its peer is as good as there; waiting for the word would idle the link.
    const bool on_the_way = waiting_ == 0 && !book_.any_left() && taken_ == 0 &&
                            book_.safe_count() + handed_out_ >= layout_.pieces;
    if (!book_.all_safe() && !on_the_way) return;
    release();
}

void Ration::State::give_up_when_stuck(TimePoint now) {
    if (released) return;
    if (shoal_ == 0 || finished_ != finished_at_last_tick_ || !stuck_since_) {
        finished_at_last_tick_ = finished_;
        stuck_since_ = now;
    }
    if (now - *stuck_since_ >= options_.give_up + 8 * to_duration(usual_seconds_)) release();
}

void Ration::State::release() {
    released = true;
    for (auto& [id, peer] : roster_.all()) {
        if (!peer.standard) actions.push_back({Action::What::kRelease, id});
    }
    share_.unlimit();
    tell_standard();
}

}  // namespace shoal::policy
