#include "client/daemon/torrents/content_rounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "client/content/content_watch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ContentRoundsTest : public testing::Test {
  protected:
    /// One that serves a file of its own.
    Torrent& serve(TorrentNumber number) {
        const std::string name = "content-" + std::to_string(number);
        std::ofstream(folder_ / name) << "as it was";
        manifest::Manifest facts;
        facts.name = name;
        facts.single_file = true;
        facts.files.emplace_back();
        facts.files.back().path = name;
        facts.files.back().size = 9;
        auto torrent = std::make_unique<Torrent>();
        torrent->record.number = number;
        torrent->has_metadata = true;
        torrent->watch = std::make_unique<client::ContentWatch>(facts, folder_ / name);
        return table_.insert(std::move(torrent));
    }
    void edit(TorrentNumber number) {
        std::ofstream(folder_ / ("content-" + std::to_string(number)), std::ios::app) << "!";
    }

    test::TemporaryFolder folder_;
    TorrentTable table_;
    Traffic traffic_;
    std::vector<TorrentNumber> changed_;
    std::vector<TorrentNumber> failed_;
    ContentRounds rounds_{table_, traffic_,
                          [this](Torrent& torrent, const std::function<void()>& step) {
                              try {
                                  step();
                              } catch (const std::runtime_error&) {
                                  failed_.push_back(torrent.number());
                              }
                          },
                          [this](Torrent& torrent, const std::string&) {
                              changed_.push_back(torrent.number());
                              if (torrent.number() == 1) throw std::runtime_error("its own trouble");
                          }};
};

TEST_F(ContentRoundsTest, TellsWhatWasEdited) {
    serve(1);
    serve(2);
    serve(3);
    rounds_.tick();
    EXPECT_THAT(changed_, IsEmpty());
    edit(2);
    rounds_.tick();
    EXPECT_THAT(changed_, ElementsAre(2));
}

TEST_F(ContentRoundsTest, OneTorrentsTroubleEndsNoRound) {
    serve(1);
    serve(2);
    edit(1);
    edit(2);
    rounds_.tick();
    EXPECT_THAT(failed_, ElementsAre(1));
    EXPECT_THAT(changed_, ElementsAre(1, 2));
}

TEST_F(ContentRoundsTest, LooksOnlyAtWhatIsServedFromItsPlace) {
    serve(2).activity.paused = true;
    serve(3).record.foreign = true;
    serve(4).record.staged = true;
    for (const TorrentNumber number : {2, 3, 4}) edit(number);
    rounds_.tick();
    EXPECT_THAT(changed_, IsEmpty());
}

}  // namespace
}  // namespace shoal::daemon
