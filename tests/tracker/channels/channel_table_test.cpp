#include "tracker/channels/channel_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/bencode_writer.hpp"
#include "tests/channel/channel_fixture.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::tracker {
namespace {

using channel::SecretKey;
using channel::test::key;
using channel::test::kNow;
using channel::test::plain_root;
using testing::HasSubstr;
using Outcome = ChannelAnswer::Outcome;

constexpr const char* kName = "camera/latest";

std::string manifest_of(std::int64_t size) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.key("info");
    out.begin_dict();
    out.entry("length", size);
    out.entry("name", "today");
    out.entry("piece length", std::int64_t{16384});
    out.entry("pieces", std::string(20, 'p'));
    out.end();
    out.end();
    return bytes;
}

std::string file_of(const channel::Root& root, const std::vector<SecretKey>& keys) {
    return channel::write_signed_root(channel::sign_root(root, keys));
}

std::string first_file() {
    return file_of(plain_root(), {key(1)});
}

channel::Release release_of(const std::string& manifest) {
    channel::Release release;
    release.channel = kName;
    const manifest::Manifest parsed = manifest::parse_manifest(manifest, "it");
    release.size = static_cast<std::int64_t>(parsed.total_size);
    auto& hash = release.info_hash_v1.emplace();
    for (std::size_t i = 0; i < hash.size(); ++i)
        hash[i] = static_cast<std::uint8_t>(std::stoi(parsed.info_hash_v1.substr(2 * i, 2), nullptr, 16));
    return release;
}

std::string publication_of(const channel::Release& release, std::int64_t sequence, std::int64_t size,
                           const SecretKey& by = key(2)) {
    const channel::SignedRelease made = channel::sign_release(release, key(2));
    return channel::write_publication(
        {channel::sign_head(channel::test::head_of(made, sequence), by), made, manifest_of(size)});
}

std::string publication(std::int64_t sequence, std::int64_t size = 1000, const SecretKey& by = key(2)) {
    return publication_of(release_of(manifest_of(size)), sequence, size, by);
}

TEST(ChannelTable, HandsOnWhatItWasGiven) {
    ChannelTable table;
    EXPECT_EQ(table.put_root(first_file()).outcome, Outcome::kTaken);
    EXPECT_EQ(table.put_root(first_file()).outcome, Outcome::kKnown);
    EXPECT_EQ(table.find(kName)->publication, nullptr);
    EXPECT_EQ(table.publish(kName, publication(1), kNow).outcome, Outcome::kTaken);
    EXPECT_EQ(table.publish(kName, publication(1), kNow).outcome, Outcome::kKnown);
    const auto view = table.find(kName);
    EXPECT_EQ(*view->root, first_file());
    EXPECT_EQ(*view->publication, publication(1));
    EXPECT_EQ(view->sequence, 1);
    EXPECT_EQ(view->release.size, 1000);
    EXPECT_EQ(table.all().size(), 1u);
    EXPECT_FALSE(table.find("camera/other").has_value());
    EXPECT_EQ(table.publish("camera/other", publication(1), kNow).outcome, Outcome::kUnknown);
}

TEST(ChannelTable, OfTwoPublishersTheSecondIsTold) {
    ChannelTable table;
    table.put_root(first_file());
    table.publish(kName, publication(5), kNow);
    const ChannelAnswer same = table.publish(kName, publication(5, 2000), kNow);
    EXPECT_EQ(same.outcome, Outcome::kBehind);
    EXPECT_EQ(same.why, "another head has sequence 5 too");
    EXPECT_EQ(table.publish(kName, publication(4, 2000), kNow).outcome, Outcome::kBehind);
    EXPECT_EQ(*table.find(kName)->publication, publication(5));
    EXPECT_EQ(table.publish(kName, publication(6, 2000), kNow).outcome, Outcome::kTaken);
}

TEST(ChannelTable, BelievesOnlyTheRootsKeys) {
    ChannelTable table;
    table.put_root(first_file());
    const ChannelAnswer foreign = table.publish(kName, publication(1, 1000, key(3)), kNow);
    EXPECT_EQ(foreign.outcome, Outcome::kRefused);
    EXPECT_THAT(foreign.why, HasSubstr("may not sign heads"));
    EXPECT_THAT(table.publish(kName, publication(1), kNow + 1000).why, HasSubstr("expired"));
    EXPECT_EQ(table.publish(kName, "", kNow).outcome, Outcome::kRefused);
    EXPECT_EQ(table.publish(kName, publication(1) + "e", kNow).outcome, Outcome::kRefused);
    EXPECT_EQ(table.find(kName)->publication, nullptr);
}

TEST(ChannelTable, AManifestIsThatOfItsRelease) {
    ChannelTable table;
    table.put_root(first_file());
    const channel::Release release = release_of(manifest_of(1000));
    EXPECT_THAT(table.publish(kName, publication_of(release, 1, 999), kNow).why,
                HasSubstr("another info-hash"));
    channel::Release larger = release;
    larger.size = 1001;
    EXPECT_THAT(table.publish(kName, publication_of(larger, 1, 1000), kNow).why, HasSubstr("another size"));
    // What is refused moves no ratchet.
    EXPECT_EQ(table.publish(kName, publication_of(release, 1, 1000), kNow).outcome, Outcome::kTaken);
}

TEST(ChannelTable, ARootIsReplacedByItsSuccessorOnly) {
    ChannelTable table;
    table.put_root(first_file());
    channel::Root other = plain_root();
    other.root_keys = {key(5).public_key()};
    EXPECT_EQ(table.put_root(file_of(other, {key(5)})).outcome, Outcome::kBehind);
    other.version = 2;
    EXPECT_EQ(table.put_root(file_of(other, {key(5)})).outcome, Outcome::kRefused);
    EXPECT_EQ(*table.find(kName)->root, first_file());
    EXPECT_EQ(table.put_root(file_of(other, {key(5), key(1)})).outcome, Outcome::kTaken);
    EXPECT_EQ(table.find(kName)->root_version, 2);
    EXPECT_EQ(table.put_root(first_file()).outcome, Outcome::kBehind);
    EXPECT_EQ(table.put_root("nonsense").outcome, Outcome::kMalformed);
}

TEST(ChannelTable, ANewRootTakesAStolenKeysHeadAway) {
    ChannelTable table;
    channel::Root root = plain_root();
    root.head_keys.push_back(key(3).public_key());
    table.put_root(file_of(root, {key(1)}));
    table.publish(kName, publication(9223372036854775807, 2000), kNow);
    root.version = 2;
    root.head_keys = {key(3).public_key()};
    table.put_root(file_of(root, {key(1)}));
    EXPECT_EQ(table.find(kName)->publication, nullptr);
    EXPECT_EQ(table.find(kName)->head, nullptr);
    EXPECT_EQ(table.publish(kName, publication(1, 1000, key(3)), kNow).outcome, Outcome::kTaken);
    root.version = 3;
    table.put_root(file_of(root, {key(1)}));
    EXPECT_NE(table.find(kName)->publication, nullptr) << "what the new root allows as well stays";
}

TEST(ChannelTable, HoldsNoMoreThanItMay) {
    ChannelTable table(1);
    table.put_root(first_file());
    channel::Root other = plain_root();
    other.name = "camera/other";
    EXPECT_EQ(table.put_root(file_of(other, {key(1)})).outcome, Outcome::kRefused);
    EXPECT_TRUE(table.remove(kName));
    EXPECT_FALSE(table.remove(kName));
    EXPECT_EQ(table.put_root(file_of(other, {key(1)})).outcome, Outcome::kTaken);
}

TEST(ChannelTable, RemembersOverARestart) {
    ChannelTable table;
    table.put_root(first_file());
    table.publish(kName, publication(5), kNow);
    Changes changes;
    table.take_changes(changes);
    ASSERT_EQ(changes.channels.size(), 1u);
    ChannelTable again;
    again.restore(changes.channels.front());
    EXPECT_EQ(*again.find(kName)->publication, publication(5));
    EXPECT_EQ(again.publish(kName, publication(4, 2000), kNow).outcome, Outcome::kBehind);
    Changes none;
    again.take_changes(none);
    EXPECT_TRUE(none.empty()) << "what was restored is on the disk";
    ChannelRecord damaged = changes.channels.front();
    damaged.publication.pop_back();
    EXPECT_THROW(again.restore(damaged), Error);
}

TEST(ChannelTable, TellsEachChangeOnce) {
    ChannelTable table;
    table.put_root(first_file());
    table.publish(kName, publication(1), kNow);
    table.publish(kName, publication(1), kNow);
    Changes changes;
    table.take_changes(changes);
    EXPECT_EQ(changes.channels.size(), 1u);
    EXPECT_EQ(changes.channels.front().publication, publication(1));
    changes.clear();
    table.publish(kName, publication(1), kNow);
    table.take_changes(changes);
    EXPECT_TRUE(changes.empty());
    table.remove(kName);
    table.take_changes(changes);
    EXPECT_THAT(changes.removed_channels, testing::ElementsAre(kName));
}

}  // namespace
}  // namespace shoal::tracker
