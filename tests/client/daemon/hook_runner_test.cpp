#include "client/daemon/hook_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <cstdlib>

#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class HookRunnerTest : public testing::Test {
  protected:
    HookRunner runner;
    HookRunner::TimePoint now{};

    static HookJob shell(const std::string& script) {
        HookJob job;
        job.event = "done";
        job.command = {"/bin/sh", "-c", script};
        return job;
    }
    /// Waits for the runner's own descriptor, as the daemon's loop does.
    std::vector<HookResult> wait_for(std::size_t count) {
        std::vector<HookResult> all;
        while (all.size() < count) {
            pollfd entry{runner.file_descriptor(), POLLIN, 0};
            if (::poll(&entry, 1, 20'000) == 0) break;
            for (HookResult& result : runner.collect(now)) all.push_back(std::move(result));
        }
        return all;
    }
};

TEST_F(HookRunnerTest, CapturesBothOutputsAndTheExitCode) {
    runner.submit(shell("echo out; echo err >&2; exit 7"), now);
    const auto results = wait_for(1);
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_EQ(results[0].output, "out\nerr\n");
    EXPECT_EQ(results[0].exit_code, 7);
    EXPECT_EQ(results[0].event, "done");
    EXPECT_FALSE(results[0].timed_out);
    EXPECT_TRUE(runner.idle());
}

TEST_F(HookRunnerTest, GivesTheFactsInTheEnvironmentAndNoShellReadsThem) {
    ::setenv("SHOAL_RPC_AUTH", "ann:secret", 1);
    ::setenv("SHOAL_DAEMON_RPC_AUTH", "ann:secret", 1);
    HookJob job = shell(R"(printf '%s|%s' "$SHOAL_HOOK_NAME" "$SHOAL_RPC_AUTH$SHOAL_DAEMON_RPC_AUTH")");
    job.environment["SHOAL_HOOK_NAME"] = "$(touch /tmp/x); `id` 'a\"b";
    runner.submit(std::move(job), now);
    const auto results = wait_for(1);
    ::unsetenv("SHOAL_RPC_AUTH");
    ::unsetenv("SHOAL_DAEMON_RPC_AUTH");
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_EQ(results[0].output, "$(touch /tmp/x); `id` 'a\"b|")
        << "and the control port's password stays out";
}

TEST_F(HookRunnerTest, SaysWhyAProgramDidNotStart) {
    HookJob job;
    job.command = {"/no/such/program"};
    runner.submit(std::move(job), now);
    ASSERT_TRUE(runner.deadline());
    const auto results = runner.collect(now);
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_THAT(results[0].not_started, HasSubstr("No such file"));
}

TEST_F(HookRunnerTest, KillsWhatRunsTooLongWithItsChildren) {
    HookJob job = shell("sleep 600 & echo $!; wait");
    job.time_limit = std::chrono::seconds(10);
    runner.submit(std::move(job), now);
    pollfd entry{runner.file_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1) << "it has said the number of its child";
    EXPECT_THAT(runner.collect(now), SizeIs(0));
    EXPECT_EQ(runner.deadline(), now + std::chrono::seconds(10));
    now += std::chrono::seconds(10);
    const auto results = runner.collect(now);
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_TRUE(results[0].timed_out);
    EXPECT_EQ(results[0].exit_code, 128 + SIGKILL);
    EXPECT_GT(std::atoi(results[0].output.c_str()), 0);
}

TEST_F(HookRunnerTest, KeepsOnlyTheEndOfALongOutput) {
    runner.submit(shell("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done"), now);
    const auto results = wait_for(1);
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_EQ(results[0].output.size(), HookRunner::kMaxOutput);
    EXPECT_TRUE(results[0].output.ends_with("line 4999\n"));
}

TEST_F(HookRunnerTest, RunsAFewAtATimeAndAllInTheEnd) {
    for (std::size_t i = 0; i < HookRunner::kMaxRunning * 3; ++i) runner.submit(shell("exit 0"), now);
    EXPECT_THAT(wait_for(HookRunner::kMaxRunning * 3), SizeIs(HookRunner::kMaxRunning * 3));
    EXPECT_TRUE(runner.idle());
}

TEST_F(HookRunnerTest, AHookThatClosesItsOutputDoesNotSpin) {
    runner.submit(shell("exec >&- 2>&-; read x; sleep 600"), now);
    pollfd entry{runner.file_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
    EXPECT_THAT(runner.collect(now), SizeIs(0));
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
}

TEST(SplitCommand, SplitsAtBlanks) {
    EXPECT_EQ(split_command("  /bin/x  --y \t z "), (std::vector<std::string>{"/bin/x", "--y", "z"}));
    EXPECT_TRUE(split_command("  ").empty());
}

}  // namespace
}  // namespace shoal::daemon
