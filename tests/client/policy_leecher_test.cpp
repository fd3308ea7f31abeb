#include "client/swarm/policy/leecher.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "client/swarm/policy/choke_grace.hpp"
#include "client/swarm/policy/pulse.hpp"
#include "client/swarm/policy/turnover_pause.hpp"

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;

TEST(OriginLink, SwallowsTheFirstHaveAllOnly) {
    OriginLink link(true, TimePoint{});
    EXPECT_TRUE(link.keep());
    EXPECT_TRUE(link.swallow_have_all());
    EXPECT_TRUE(link.keep()) << "still rationed, and looks uninteresting";
    EXPECT_TRUE(link.swallow_shortcuts());
    EXPECT_FALSE(link.swallow_have_all()) << "the release";
    EXPECT_FALSE(link.keep());
    EXPECT_FALSE(link.swallow_shortcuts());
}

TEST(OriginLink, LeavesStandardSeedsAlone) {
    OriginLink link(false, TimePoint{});
    EXPECT_FALSE(link.swallow_have_all());
    EXPECT_FALSE(link.keep());
}

TEST(OriginLink, DistrustsAnOriginThatShowsNothingWhileNothingElseArrives) {
    const TimePoint start{};
    OriginLink link(true, start);
    EXPECT_FALSE(link.distrust(start + 44s, start));
    EXPECT_TRUE(link.distrust(start + 45s, start));
    EXPECT_FALSE(link.distrust(start + 45s, start + 30s)) << "the swarm feeds us";
    link.heard(start + 40s);
    EXPECT_FALSE(link.distrust(start + 60s, start));
    link.swallow_have_all();
    link.swallow_have_all();
    EXPECT_FALSE(link.distrust(start + 1h, start)) << "released";
}

TEST(ChokeGrace, EndsAMinuteAfterTheChoke) {
    const TimePoint start = TimePoint{} + 1h;
    ChokeGrace grace;
    grace.give();
    EXPECT_FALSE(grace.covers(start))
        << "never unchoked, so never choked: it asks for what it was never promised";
    grace.choked(start);
    EXPECT_TRUE(grace.covers(start + 60s));
    EXPECT_FALSE(grace.covers(start + 61s));
    grace.choked(start + 2min);
    EXPECT_TRUE(grace.covers(start + 3min));
}

TEST(ChokeGrace, EndsWhereThereAreOthers) {
    const TimePoint start = TimePoint{} + 1h;
    ChokeGrace grace;
    grace.give();
    grace.choked(start);
    EXPECT_TRUE(grace.covers(start, 18, 14));
    EXPECT_FALSE(grace.covers(start, 19, 14)) << "a third more than are dialled for: nobody is lonely";
    EXPECT_FALSE(grace.covers(start + 61s, 1, 14));
}

TEST(ChokeGrace, IsNotForStrangers) {
    const TimePoint start = TimePoint{} + 1h;
    ChokeGrace grace;
    grace.choked(start);
    EXPECT_FALSE(grace.covers(start));
}

/// Peers that get pieces in turn, one a step.
struct Talk {
    void go_on(int steps, Duration step, const std::vector<Pulse*>& speakers) {
        for (int n = 0; n < steps; ++n) {
            now += step;
            speakers[static_cast<std::size_t>(n) % speakers.size()]->beat(now, ++haves);
        }
    }
    [[nodiscard]] bool stopped(const Pulse& pulse) const { return pulse.stopped(now, haves, 10s); }

    TimePoint now{};
    std::uint64_t haves = 0;
};

TEST(Pulse, StopsWhereOthersGoOn) {
    Talk talk;
    Pulse dead;
    Pulse alive;
    talk.go_on(40, 1s, {&dead, &alive});
    talk.go_on(11, 1s, {&alive});
    EXPECT_FALSE(talk.stopped(dead)) << "its own share of this were six messages";
    talk.go_on(13, 1s, {&alive});
    EXPECT_TRUE(talk.stopped(dead));
    EXPECT_FALSE(talk.stopped(alive));
    dead.beat(talk.now, ++talk.haves);
    EXPECT_FALSE(talk.stopped(dead));
}

TEST(Pulse, DoesNotStopWhereEverybodyIsSilent) {
    Talk talk;
    Pulse one;
    Pulse other;
    talk.go_on(40, 1s, {&one, &other});
    talk.now += 1h;
    EXPECT_FALSE(talk.stopped(one)) << "the origin may be gone: nobody has anything to say";
}

TEST(Pulse, IsEachPeersOwn) {
    Talk talk;
    Pulse slow;
    Pulse fast;
    talk.go_on(200, 1s, {&slow, &fast, &fast, &fast, &fast, &fast, &fast, &fast, &fast, &fast});
    talk.go_on(100, 1s, {&fast});
    EXPECT_FALSE(talk.stopped(slow)) << "it says one thing in ten";
    talk.go_on(30, 1s, {&fast});
    EXPECT_TRUE(talk.stopped(slow));
}

TEST(Pulse, BeatsWithHavesAloneAndGoesOnWithAnyMessage) {
    Talk talk;
    Pulse choked;
    Pulse other;
    for (int n = 0; n < 40; ++n) {
        talk.go_on(2, 1s, {&choked, &other});
        for (int block = 0; block < 320; ++block) choked.heard(talk.now, talk.haves);
    }
    talk.go_on(20, 1s, {&other});
    EXPECT_FALSE(talk.stopped(choked)) << "that it asks us for nothing now is not silence";
    choked.heard(talk.now, talk.haves);
    talk.go_on(20, 1s, {&other});
    EXPECT_FALSE(talk.stopped(choked)) << "it asked for something";
    talk.go_on(10, 1s, {&other});
    EXPECT_TRUE(talk.stopped(choked));
}

TEST(Pulse, IsNotKnownOfWhoHasHardlySpoken) {
    Talk talk;
    Pulse newcomer;
    Pulse other;
    talk.go_on(14, 1s, {&newcomer, &other});
    talk.go_on(1000, 1s, {&other});
    EXPECT_FALSE(talk.stopped(newcomer));
}

TEST(Pulse, OutlastsAShortPauseHoweverFastTheOthersAre) {
    Talk talk;
    Pulse paused;
    Pulse other;
    talk.go_on(40, 10ms, {&paused, &other});
    talk.go_on(900, 10ms, {&other});
    EXPECT_FALSE(talk.stopped(paused)) << "a lost segment on a full link";
    talk.go_on(100, 10ms, {&other});
    EXPECT_TRUE(talk.stopped(paused));
}

TEST(TurnoverPause, HidesPeersOnceAroundTheNinetiethTick) {
    using Change = TurnoverPause::Change;
    TurnoverPause pause;
    for (int tick = 1; tick <= 1000; ++tick) {
        const Change expected = tick == 86 ? Change::kHide : tick == 92 ? Change::kShow : Change::kNone;
        EXPECT_EQ(pause.tick(), expected) << tick;
    }
}

TEST(UnchokeSlots, AreFewUntilSomethingMoved) {
    UnchokeSlots slots;
    for (int n = 0; n < 60; ++n) slots.sample(0);
    EXPECT_EQ(slots.slots(), 6U) << "the first piece must not leave for everybody at once";
}

TEST(UnchokeSlots, AreFewWhereAPieceTakesLong) {
    UnchokeSlots slots;
    for (int n = 0; n < 20; ++n) slots.sample(0.4);  // 5 MiB at 20 Mbit/s
    EXPECT_EQ(slots.slots(), 6U);
    for (int n = 0; n < 20; ++n) slots.sample(1.9);  // 64 KiB at 1 Mbit/s
    EXPECT_EQ(slots.slots(), 7U);
}

TEST(UnchokeSlots, AreManyFromTheFirstPieceOnWherePiecesTakeMilliseconds) {
    UnchokeSlots slots;
    slots.begin(50);
    EXPECT_EQ(slots.slots(), 20U);
    for (int second = 0; second < 3; ++second) slots.sample(0);
    EXPECT_EQ(slots.slots(), 20U);
}

TEST(UnchokeSlots, AreFewWhereTheFirstPieceTookLong) {
    UnchokeSlots slots;
    slots.begin(0.7);
    EXPECT_EQ(slots.slots(), 6U);
}

TEST(UnchokeSlots, AreManyWhereASlotOutlastsWhatThereIs) {
    UnchokeSlots slots;
    for (int n = 0; n < 4; ++n) slots.sample(38);  // 64 KiB at 20 Mbit/s
    EXPECT_EQ(slots.slots(), 20U);
    slots.sample(1e30);
    EXPECT_EQ(slots.slots(), 20U);
}

TEST(UnchokeSlots, StayWhenPeersWantLessForAWhile) {
    UnchokeSlots slots;
    for (int n = 0; n < 4; ++n) slots.sample(38);
    for (int n = 0; n < 10; ++n) slots.sample(0);
    EXPECT_EQ(slots.slots(), 20U);
}

TEST(UnchokeSlots, ForgetABurst) {
    UnchokeSlots slots;
    for (int n = 0; n < 4; ++n) slots.sample(38);
    for (int n = 0; n < 300; ++n) slots.sample(1);
    EXPECT_EQ(slots.slots(), 7U);
}

}  // namespace
}  // namespace shoal::policy
