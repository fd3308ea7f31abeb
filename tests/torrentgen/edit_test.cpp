#include "torrentgen/manifest/edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"
#include "tests/torrentgen/content_fixture.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {
namespace {

using shoal::test::TemporaryFolder;
using test::make_tree;
using test::noise;
using test::write;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Edit : public ::testing::TestWithParam<Format> {
  protected:
    std::string made() {
        CreateOptions options;
        options.content = make_tree(folder_);
        options.format = GetParam();
        options.piece_size = 32768;
        options.trackers = {{"http://a/", "http://b/"}, {"udp://c:1"}};
        options.comment = "old";
        options.date = 5;
        return create_manifest(options, {}).bytes;
    }
    TemporaryFolder folder_;
};

TEST_P(Edit, WithoutOptionsChangesNothing) {
    const std::string bytes = made();
    EXPECT_EQ(edit_manifest(bytes, "x", {}), bytes);
}

TEST_P(Edit, ChangesWhatStandsAroundTheInfo) {
    const std::string bytes = made();
    const Manifest before = parse_manifest(bytes, "x");
    EditOptions options;
    options.remove_trackers = {"http://a/"};
    options.add_trackers = {{"http://new/"}};
    options.web_seeds = {{"http://w/"}};
    options.dht_nodes = {{"[::1]:9", "h:1"}};
    options.comment = "";
    options.created_at = std::optional<std::int64_t>();
    const Manifest after = parse_manifest(edit_manifest(bytes, "x", options), "x");
    EXPECT_EQ(after.info_hash_v1, before.info_hash_v1);
    EXPECT_EQ(after.info_hash_v2, before.info_hash_v2);
    EXPECT_THAT(after.trackers,
                ElementsAre(ElementsAre("http://b/"), ElementsAre("udp://c:1"), ElementsAre("http://new/")));
    EXPECT_THAT(after.web_seeds, ElementsAre("http://w/"));
    EXPECT_THAT(after.dht_nodes, ElementsAre("[::1]:9", "h:1"));
    EXPECT_EQ(after.comment, "");
    EXPECT_FALSE(after.created_at);
    options = {};
    options.trackers.emplace();
    EXPECT_THAT(parse_manifest(edit_manifest(bytes, "x", options), "x").trackers, IsEmpty());
}

TEST_P(Edit, ChangesTheInfoWhereAsked) {
    const std::string bytes = made();
    const Manifest before = parse_manifest(bytes, "x");
    EditOptions options;
    options.is_private = true;
    options.source = "here";
    options.name = "other";
    const std::string edited = edit_manifest(bytes, "x", options);
    const Manifest after = parse_manifest(edited, "x");
    EXPECT_TRUE(after.is_private);
    EXPECT_EQ(after.source, "here");
    EXPECT_EQ(after.name, "other");
    EXPECT_EQ(after.files.size(), before.files.size());
    EXPECT_NE(after.info_hash_v1 + after.info_hash_v2, before.info_hash_v1 + before.info_hash_v2);
    options.is_private = false;
    options.source = "";
    options.name = "root";
    EXPECT_EQ(edit_manifest(edited, "x", options), bytes);
}

TEST_P(Edit, RenamesASingleFileInItsTreeToo) {
    write(folder_ / "f", noise(100'000, 1));
    CreateOptions create;
    create.content = folder_ / "f";
    create.format = GetParam();
    create.piece_size = 32768;
    const std::string bytes = create_manifest(create, {}).bytes;
    EditOptions options;
    options.name = "g";
    create.name = "g";
    EXPECT_EQ(edit_manifest(bytes, "x", options), create_manifest(create, {}).bytes);
}

TEST_P(Edit, RefusesWhatCreateWouldRefuse) {
    const std::string bytes = made();
    const auto refuse = [&](const EditOptions& options, ExitCode code) {
        try {
            edit_manifest(bytes, "x", options);
            ADD_FAILURE() << "no error";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code) << error.what();
        }
    };
    EditOptions options;
    options.add_trackers = {{"no url"}};
    refuse(options, ExitCode::kUsage);
    options = {};
    options.name = "../x";
    refuse(options, ExitCode::kUsage);
    options = {};
    options.remove_trackers = {"http://not-there/"};
    refuse(options, ExitCode::kUsage);
    EXPECT_THROW(edit_manifest(bytes.substr(1), "x", {}), Error);
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, Edit, ::testing::Values(Format::kV1, Format::kHybrid, Format::kV2));

TEST(EditOfAnotherProgramsManifest, KeepsUnknownKeysAndTheInfosVeryBytes) {
    // The info dictionary's keys are out of order: sorting them would make another swarm.
    const std::string info =
        "d4:name1:f6:lengthi5e12:piece lengthi16384e6:pieces20:hhhhhhhhhhhhhhhhhhhh1:xi1ee";
    const std::string bytes = "d7:comment3:old4:info" + info + "7:unknownli1eee";
    EditOptions options;
    options.comment = "new";
    EXPECT_EQ(edit_manifest(bytes, "x", options), "d7:comment3:new4:info" + info + "7:unknownli1eee");
}

}  // namespace
}  // namespace shoal::manifest
