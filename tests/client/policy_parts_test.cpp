#include <gtest/gtest.h>

#include <set>

#include "client/swarm/policy/origin_set.hpp"
#include "client/swarm/policy/piece_book.hpp"

namespace shoal::policy {
namespace {

TEST(OriginSet, DividesEvenlyAndWithoutOverlap) {
    OriginSet a(1);
    OriginSet b(2);
    OriginSet c(3);
    a.report(7, {2, 3});
    b.report(7, {1, 3});
    c.report(7, {2, 1});
    int shares[3] = {};
    for (PieceIndex piece = 0; piece < 3000; ++piece) {
        const bool owns[3] = {a.owns(piece), b.owns(piece), c.owns(piece)};
        EXPECT_EQ(int{owns[0]} + int{owns[1]} + int{owns[2]}, 1);
        for (int n = 0; n < 3; ++n) shares[n] += int{owns[n]};
    }
    for (const int share : shares) EXPECT_NEAR(share, 1000, 100);
}

TEST(OriginSet, KeepsItsShareWhenAnotherComes) {
    OriginSet a(1);
    a.report(7, {2});
    std::set<PieceIndex> before;
    for (PieceIndex piece = 0; piece < 1000; ++piece) {
        if (a.owns(piece)) before.insert(piece);
    }
    a.report(7, {2, 3});
    for (PieceIndex piece = 0; piece < 1000; ++piece) {
        EXPECT_TRUE(!a.owns(piece) || before.count(piece) == 1) << piece;
    }
}

TEST(OriginSet, ForgetsWithTheReporter) {
    OriginSet a(1);
    EXPECT_TRUE(a.report(7, {2}));
    EXPECT_FALSE(a.report(8, {2})) << "nothing new";
    EXPECT_FALSE(a.forget(7)) << "the other still says so";
    EXPECT_TRUE(a.forget(8));
    EXPECT_EQ(a.count(), 1U);
    EXPECT_TRUE(a.owns(0));
}

TEST(OriginSet, BelievesOnePeerOnlySoFar) {
    OriginSet a(1);
    std::vector<OriginId> many;
    for (OriginId id = 100; id < 1100; ++id) many.push_back(id);
    a.report(66, many);
    EXPECT_LE(a.count(), OriginSet::kMostFromOne + 1);
    a.report(67, {1});
    EXPECT_LE(a.count(), OriginSet::kMostFromOne + 1) << "it is not another";
}

class PieceBookTest : public testing::Test {
  protected:
    PieceBook book_{16, 1};
    static bool lacks_all(PieceIndex) { return false; }
};

TEST_F(PieceBookTest, OrdersDifferentlyAtEachOrigin) {
    PieceBook other(16, 2);
    bool differs = false;
    for (int n = 0; n < 16; ++n) {
        const auto mine = book_.next(lacks_all);
        const auto theirs = other.next(lacks_all);
        ASSERT_TRUE(mine && theirs);
        differs = differs || mine != theirs;
    }
    EXPECT_TRUE(differs);
    EXPECT_FALSE(book_.next(lacks_all));
}

TEST_F(PieceBookTest, TwoClaimsMakeAPieceSafeAndOneProvenClaimToo) {
    book_.claimed(3, false);
    EXPECT_FALSE(book_.safe(3));
    book_.claimed(3, false);
    EXPECT_TRUE(book_.safe(3));
    book_.unclaimed(3, false);
    EXPECT_FALSE(book_.safe(3));
    book_.claimed(4, true);
    EXPECT_TRUE(book_.safe(4));
    EXPECT_EQ(book_.safe_count(), 1U);
    book_.claimed(4, false);
    book_.unclaimed(4, true);
    EXPECT_FALSE(book_.safe(4)) << "the proof left with its peer";
    EXPECT_EQ(book_.safe_count(), 0U);
}

TEST_F(PieceBookTest, HandsOutOwnPiecesFirstThenOthersThenDoubtfulOnes) {
    book_.claimed(0, false);
    book_.divide([](PieceIndex piece) { return piece % 2 == 1; });
    std::vector<PieceIndex> order;
    while (const auto piece = book_.next(lacks_all)) {
        book_.handed_out(*piece);
        order.push_back(*piece);
    }
    ASSERT_EQ(order.size(), 16U);
    for (int n = 0; n < 8; ++n) EXPECT_EQ(order[static_cast<std::size_t>(n)] % 2, 1U);
    EXPECT_EQ(order.back(), 0U);
    EXPECT_FALSE(book_.any_left());
}

TEST_F(PieceBookTest, DoesNotGiveADoubtfulPieceToItsClaimant) {
    for (PieceIndex piece = 0; piece < 16; ++piece) book_.claimed(piece, false);
    EXPECT_FALSE(book_.next([](PieceIndex) { return true; }));
    EXPECT_TRUE(book_.any_left());
    EXPECT_TRUE(book_.next(lacks_all));
}

}  // namespace
}  // namespace shoal::policy
