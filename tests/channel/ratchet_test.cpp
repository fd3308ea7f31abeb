#include "channel/ratchet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

using test::key;
using test::kNow;
using test::plain_root;
using test::refusal;
using test::signed_head;
using testing::HasSubstr;

Root two_publishers() {
    Root root = plain_root();
    root.head_keys = {key(2).public_key(), key(3).public_key()};
    return root;
}

TEST(Ratchet, TheHighestSequenceWins) {
    Ratchet ratchet(plain_root(), "", "state");
    EXPECT_EQ(ratchet.offer(signed_head(5), kNow).verdict, Verdict::kNew);
    EXPECT_EQ(ratchet.offer(signed_head(5), kNow).verdict, Verdict::kKnown);
    const Decision older = ratchet.offer(signed_head(4), kNow);
    EXPECT_EQ(older.verdict, Verdict::kOlder);
    EXPECT_EQ(older.why, "sequence 5 was seen, this is 4");
    EXPECT_EQ(ratchet.offer(signed_head(9), kNow).verdict, Verdict::kNew);
    EXPECT_EQ(ratchet.highest(), 9);
}

TEST(Ratchet, ToJudgeChangesNothing) {
    Ratchet ratchet(plain_root(), "", "state");
    EXPECT_EQ(ratchet.judge(signed_head(5), kNow).verdict, Verdict::kNew);
    EXPECT_EQ(ratchet.judge(signed_head(5), kNow).verdict, Verdict::kNew);
    EXPECT_EQ(ratchet.highest(), 0);
}

TEST(Ratchet, TwoHeadsOfOneSequenceAreAConflict) {
    Ratchet ratchet(two_publishers(), "", "state");
    ratchet.offer(signed_head(5), kNow);
    EXPECT_EQ(ratchet.offer(signed_head(5, 3), kNow).verdict, Verdict::kConflict);
    Head other = signed_head(5).head;
    other.digest.fill(1);
    EXPECT_EQ(ratchet.offer(sign_head(other, key(2)), kNow).verdict, Verdict::kConflict);
}

TEST(Ratchet, AForeignHeadMovesNothing) {
    Ratchet ratchet(plain_root(), "", "state");
    EXPECT_EQ(ratchet.offer(signed_head(99, 3), kNow).verdict, Verdict::kForeign);
    SignedHead forged = signed_head(5);
    forged.head.sequence = 99;
    EXPECT_EQ(ratchet.offer(forged, kNow).verdict, Verdict::kForeign);
    EXPECT_EQ(ratchet.highest(), 0);
}

TEST(Ratchet, AnExpiredHeadIsNotTakenButAKnownOneStaysKnown) {
    Ratchet ratchet(plain_root(), "", "state");
    ratchet.offer(signed_head(5), kNow);
    EXPECT_EQ(ratchet.offer(signed_head(5), kNow + 100).verdict, Verdict::kKnown);
    const Decision late = ratchet.offer(signed_head(6), kNow + 100);
    EXPECT_EQ(late.verdict, Verdict::kExpired);
    EXPECT_EQ(late.why, "the head expired 0 s ago");
    EXPECT_EQ(ratchet.highest(), 5);
    EXPECT_EQ(ratchet.offer(signed_head(4), kNow + 100).verdict, Verdict::kOlder) << "a replay is called one";
    Root root = plain_root();
    root.expires = kNow;
    EXPECT_THAT(Ratchet(root, "", "state").offer(signed_head(6), kNow).why, HasSubstr("root has expired"));
}

TEST(Ratchet, RemembersOverARestart) {
    Ratchet ratchet(two_publishers(), "", "state");
    ratchet.offer(signed_head(5), kNow);
    ratchet.offer(signed_head(6, 3), kNow);
    Ratchet again(two_publishers(), ratchet.write(), "state");
    EXPECT_EQ(again.write(), ratchet.write());
    EXPECT_EQ(again.offer(signed_head(5), kNow).verdict, Verdict::kOlder);
    EXPECT_EQ(again.offer(signed_head(6, 3), kNow).verdict, Verdict::kKnown);
}

TEST(Ratchet, ANewRootTakesAwayWhatAStolenKeyHasSigned) {
    Ratchet ratchet(two_publishers(), "", "state");
    ratchet.offer(signed_head(5, 3), kNow);
    ratchet.offer(signed_head(9223372036854775807), kNow);
    EXPECT_EQ(ratchet.offer(signed_head(6, 3), kNow).verdict, Verdict::kOlder);
    Root next = two_publishers();
    next.version = 2;
    next.head_keys = {key(3).public_key()};
    Ratchet after(next, ratchet.write(), "state");
    EXPECT_EQ(after.offer(signed_head(6, 3), kNow).verdict, Verdict::kNew);
    EXPECT_EQ(after.offer(signed_head(5, 3), kNow).verdict, Verdict::kOlder)
        << "of the good key nothing is forgotten";
}

TEST(Ratchet, DoesNotGoBackToAnOlderRoot) {
    Root next = plain_root();
    next.version = 2;
    const std::string state = Ratchet(next, "", "state").write();
    EXPECT_THAT(refusal([&] { Ratchet(plain_root(), state, "state"); }),
                HasSubstr("root 2 was followed before"));
}

TEST(Ratchet, RefusesADamagedState) {
    Ratchet ratchet(plain_root(), "", "state");
    ratchet.offer(signed_head(5), kNow);
    const std::string state = ratchet.write();
    for (std::size_t size = 1; size < state.size(); ++size)
        ASSERT_NE(refusal([&] { Ratchet(plain_root(), state.substr(0, size), "state"); }), "it was taken")
            << size;
    EXPECT_NE(refusal([&] { Ratchet(plain_root(), state + "e", "state"); }), "it was taken");
    Root other = plain_root();
    other.name = "camera/other";
    EXPECT_THAT(refusal([&] { Ratchet(other, state, "state"); }), HasSubstr("another channel"));
}

}  // namespace
}  // namespace shoal::channel
