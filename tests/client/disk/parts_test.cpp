#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/swarm/disk/check_line.hpp"
#include "client/swarm/disk/job_gate.hpp"
#include "client/swarm/disk/pending_blocks.hpp"

namespace shoal::client::disk {
namespace {

class JobGateTest : public ::testing::Test {
  protected:
    JobGate::Job job(const std::string& name) {
        return [this, name] { log_ += name; };
    }
    JobGate gate_;
    std::string log_;
};

TEST_F(JobGateTest, SharedJobsRunSideBySide) {
    gate_.shared(job("a"));
    gate_.shared(job("b"));
    EXPECT_EQ(log_, "ab");
    EXPECT_TRUE(gate_.open());
}

TEST_F(JobGateTest, AnExclusiveJobWaitsForThoseBeforeAndHoldsUpThoseAfter) {
    gate_.shared(job("a"));
    gate_.shared(job("b"));
    gate_.exclusive(job("X"));
    gate_.shared(job("c"));
    EXPECT_FALSE(gate_.try_shared());
    gate_.finished();
    EXPECT_EQ(log_, "ab");
    gate_.finished();
    EXPECT_EQ(log_, "abX");
    gate_.finished();
    EXPECT_EQ(log_, "abXc");
    gate_.finished();
    EXPECT_TRUE(gate_.idle());
}

TEST_F(JobGateTest, ExclusiveJobsRunOneByOne) {
    gate_.exclusive(job("X"));
    gate_.exclusive(job("Y"));
    EXPECT_EQ(log_, "X");
    gate_.finished();
    EXPECT_EQ(log_, "XY");
    gate_.finished();
    EXPECT_TRUE(gate_.idle());
}

class PendingBlocksTest : public ::testing::Test {
  protected:
    PendingBlocks::Coverage read(std::int64_t offset, std::size_t bytes) {
        out_.assign(bytes, '?');
        return blocks_.read(offset, out_);
    }
    PendingBlocks blocks_;
    std::string out_;
    std::string first_ = "abcd";
    std::string second_ = "efgh";
};

TEST_F(PendingBlocksTest, AReadMayCrossBlocks) {
    blocks_.add(100, first_);
    blocks_.add(104, second_);
    EXPECT_EQ(read(102, 4), PendingBlocks::Coverage::kAll);
    EXPECT_EQ(out_, "cdef");
    EXPECT_EQ(read(104, 4), PendingBlocks::Coverage::kAll);
    EXPECT_EQ(out_, "efgh");
}

TEST_F(PendingBlocksTest, TellsSomeFromNone) {
    blocks_.add(100, first_);
    EXPECT_EQ(read(98, 4), PendingBlocks::Coverage::kSome);
    EXPECT_EQ(read(102, 4), PendingBlocks::Coverage::kSome);
    EXPECT_EQ(read(96, 4), PendingBlocks::Coverage::kNone);
    EXPECT_EQ(read(104, 4), PendingBlocks::Coverage::kNone);
}

TEST_F(PendingBlocksTest, TheNewerBlockCountsAndStaysWhenTheOlderOneIsWritten) {
    blocks_.add(0, first_);
    blocks_.add(0, second_);
    blocks_.remove(0, first_.data());
    EXPECT_EQ(read(0, 4), PendingBlocks::Coverage::kAll);
    EXPECT_EQ(out_, "efgh");
    blocks_.remove(0, second_.data());
    EXPECT_TRUE(blocks_.empty());
}

/// Checks that have two pieces under way as soon as they have begun, of which three are enough.
class CheckLineTest : public ::testing::Test {
  protected:
    void wait(const char* name) {
        line_.wait(name, [this, name] {
            log_ += name;
            line_.piece_begun();
            line_.piece_begun();
        });
    }
    std::string begun() {
        network_.restart();
        network_.run();
        return log_;
    }
    lt::io_context network_;
    CheckLine line_{network_, 3};
    std::string log_;
};

TEST_F(CheckLineTest, TheNextBeginsWhenTooLittleIsUnderWay) {
    for (const char* name : {"a", "b", "c", "d"}) wait(name);
    EXPECT_EQ(log_, "");  // by the loop only
    EXPECT_EQ(begun(), "ab");
    line_.piece_done();
    EXPECT_EQ(begun(), "ab");
    line_.piece_done();
    EXPECT_EQ(begun(), "abc");
    line_.piece_done();
    line_.piece_done();
    EXPECT_EQ(begun(), "abcd");
}

TEST_F(CheckLineTest, OneThatTurnsOutToHaveNothingToDoLetsTheNextOneBegin) {
    line_.wait("a", [this] { log_ += "a"; });
    line_.wait("b", [this] { log_ += "b"; });
    wait("c");
    EXPECT_EQ(begun(), "abc");
}

TEST_F(CheckLineTest, OneThatEndsBeginsOutOfTurn) {
    const char* const ending = "d";
    for (const char* name : {"a", "b", "c", ending}) wait(name);
    EXPECT_EQ(begun(), "ab");
    line_.leave(ending);
    EXPECT_EQ(begun(), "abd");
    line_.leave(nullptr);
    EXPECT_EQ(begun(), "abdc");
}

}  // namespace
}  // namespace shoal::client::disk
