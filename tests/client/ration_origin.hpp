#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "client/swarm/policy/ration.hpp"

namespace shoal::policy {

inline constexpr std::uint32_t kPieceSize = 64 * 1024;
inline constexpr std::uint32_t kBlock = 16 * 1024;

/// An origin and what it told whom; its peers do only what a test makes them do.
class Origin {
  public:
    explicit Origin(std::uint32_t pieces, std::uint32_t window = 4, OriginId self = 1)
        : layout{pieces, kPieceSize, 0}, ration(layout, self, self, options(window)) {}

    static RationOptions options(std::uint32_t window) {
        RationOptions result;
        result.window = window;
        return result;
    }

    void join(PeerId peer, Ration::Kind kind = Ration::Kind::kShoal, std::uint32_t group = 0) {
        ration.peer_joined(peer, kind, group, now);
        settle();
    }
    void leave(PeerId peer) {
        ration.peer_left(peer, now);
        shown.erase(peer);
        settle();
    }
    void send_all(PeerId peer, PieceIndex piece) {
        ASSERT_EQ(ration.request(peer, piece, now), Ration::Answer::kYes);
        for (std::uint32_t at = 0; at < kPieceSize; at += kBlock) ration.sent(peer, piece, kBlock, now);
        settle();
    }
    void claim(PeerId peer, PieceIndex piece) {
        ration.peer_has(peer, piece, now);
        shown[peer].erase(piece);
        settle();
    }
    /// The peer asks for what it was shown first, gets it, and says so.
    PieceIndex finish_one(PeerId peer) {
        const PieceIndex piece = *shown.at(peer).begin();
        send_all(peer, piece);
        claim(peer, piece);
        return piece;
    }
    void after(Duration time) {
        now += time;
        ration.tick(now);
        settle();
    }
    void settle() {
        for (const Ration::Action& action : ration.take_actions()) {
            switch (action.what) {
                case Ration::Action::What::kOffer:
                    EXPECT_TRUE(shown[action.peer].insert(action.piece).second) << "shown twice to one peer";
                    ++offers[action.piece];
                    break;
                case Ration::Action::What::kWithdraw:
                    EXPECT_EQ(shown[action.peer].erase(action.piece), 1U);
                    ++withdrawn;
                    break;
                case Ration::Action::What::kRelease:
                    released_to.insert(action.peer);
                    break;
                case Ration::Action::What::kChoke:
                    choked.insert(action.peer);
                    break;
                case Ration::Action::What::kUnchoke:
                    choked.erase(action.peer);
                    break;
            }
        }
    }
    [[nodiscard]] std::size_t shown_in_all() const {
        std::size_t sum = 0;
        for (const auto& [peer, pieces] : shown) sum += pieces.size();
        return sum;
    }

    Layout layout;
    Ration ration;
    TimePoint now{};
    std::map<PeerId, std::set<PieceIndex>> shown;
    std::map<PieceIndex, int> offers;
    std::set<PeerId> released_to;
    std::set<PeerId> choked;
    int withdrawn = 0;
};

}  // namespace shoal::policy
