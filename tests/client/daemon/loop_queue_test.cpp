#include "client/daemon/loop_queue.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace shoal::daemon {
namespace {

TEST(LoopQueue, RunsWorkOnTheLoopsThread) {
    LoopQueue queue;
    std::thread::id where;
    bool ran = false;
    std::thread other([&] { ran = queue.run([&] { where = std::this_thread::get_id(); }); });
    pollfd entry{queue.file_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
    queue.drain();
    other.join();
    EXPECT_TRUE(ran);
    EXPECT_EQ(where, std::this_thread::get_id());
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
}

TEST(LoopQueue, GivesWhatTheWorkThrowsToWhoAskedForIt) {
    LoopQueue queue;
    std::string caught;
    std::thread other([&] {
        try {
            queue.run([] { throw std::runtime_error("nothing there"); });
        } catch (const std::exception& failure) {
            caught = failure.what();
        }
    });
    pollfd entry{queue.file_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
    EXPECT_NO_THROW(queue.drain());
    other.join();
    EXPECT_EQ(caught, "nothing there");
}

TEST(LoopQueue, LetsGoOfWhoWaitsWhenTheLoopEnds) {
    LoopQueue queue;
    bool ran = true;
    std::thread other([&] { ran = queue.run([] { FAIL() << "the loop has ended"; }); });
    pollfd entry{queue.file_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
    queue.close();
    other.join();
    EXPECT_FALSE(ran);
    EXPECT_FALSE(queue.run([] {}));
}

}  // namespace
}  // namespace shoal::daemon
