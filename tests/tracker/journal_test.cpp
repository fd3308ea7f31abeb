#include "tracker/store/journal.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "tests/support/temporary_folder.hpp"
#include "tracker/store/sqlite_store.hpp"

namespace shoal::tracker {
namespace {

/// Gives one swarm with the count of the moment, then nothing.
class OneSwarm final : public ChangeSource {
  public:
    void take_changes(Changes& changes) override {
        changes.clear();
        if (taken_) return;
        taken_ = true;
        SwarmRecord& record = changes.swarms.emplace_back();
        record.info_hash = *InfoHash::from_bytes("aaaaaaaaaaaaaaaaaaaa");
        record.completed = 42;
    }

  private:
    bool taken_ = false;
};

/// Its period never comes.
class JournalTest : public testing::Test {
  protected:
    const test::TemporaryFolder folder;
    SqliteStore store{folder / "db"};
    OneSwarm source;
    Journal journal{source, store, [] { return 1000u; }, std::chrono::hours(1)};
};

TEST_F(JournalTest, WritesWhatIsLeftWhenItStops) {
    journal.start();
    EXPECT_TRUE(journal.stop());
    std::uint32_t completed = 0;
    store.load(
        1000, 75, [&](const SwarmRecord& record) { completed = record.completed; }, [](const PeerRecord&) {});
    EXPECT_EQ(completed, 42u);
    EXPECT_EQ(journal.state().records, 1u);
    EXPECT_TRUE(journal.state().healthy);
}

TEST_F(JournalTest, FlushReturnsWhenEverythingIsWritten) {
    EXPECT_FALSE(journal.flush()) << "it does not run yet";
    journal.start();
    EXPECT_TRUE(journal.flush()) << "it does not wait for its period";
    EXPECT_EQ(journal.state().records, 1u);
    EXPECT_TRUE(journal.flush()) << "nothing is left to write";
    EXPECT_TRUE(journal.stop());
    EXPECT_FALSE(journal.flush());
}

TEST_F(JournalTest, FlushSaysThatItFailed) {
    SQLite::Database other((folder / "db").native(), SQLite::OPEN_READWRITE);
    journal.start();
    other.exec("BEGIN IMMEDIATE");
    EXPECT_FALSE(journal.flush());
    EXPECT_FALSE(journal.state().healthy);
    other.exec("ROLLBACK");
    EXPECT_TRUE(journal.flush());
    EXPECT_EQ(journal.state().records, 1u);
    EXPECT_TRUE(journal.state().healthy);
}

TEST_F(JournalTest, RemembersThatTheFileWasLost) {
    journal.start();
    EXPECT_FALSE(journal.state().file_lost);
    std::filesystem::remove(folder / "db");
    EXPECT_TRUE(journal.stop()) << "it is written anew";
    EXPECT_TRUE(journal.state().healthy);
    EXPECT_TRUE(journal.state().file_lost);
}

TEST_F(JournalTest, TellsWhyTheLastChangesAreLost) {
    journal.start();
    SQLite::Database other((folder / "db").native(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_FALSE(journal.stop());
    EXPECT_EQ(journal.state().error, "database is locked: end what other programs do in it");
}

}  // namespace
}  // namespace shoal::tracker
