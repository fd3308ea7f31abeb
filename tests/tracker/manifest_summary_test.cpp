#include "tracker/protocol/manifest_summary.hpp"

#include <gtest/gtest.h>

namespace shoal::tracker {
namespace {

TEST(SummarizeManifest, ReadsASingleFile) {
    const auto summary = summarize_manifest(
        "d8:announce9:http://x/4:infod6:lengthi5000000000e4:name5:model12:piece lengthi16384e"
        "6:pieces20:aaaaaaaaaaaaaaaaaaaaee");
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->name, "model");
    EXPECT_EQ(summary->size, 5'000'000'000u);
    ASSERT_EQ(summary->info_hashes.size(), 1u);
    // sha1sum of the info dictionary's text
    EXPECT_EQ(summary->info_hashes[0].hex(), "95059662fbfc4ee863f31c58b1705d48b8f7d944");
}

TEST(SummarizeManifest, AddsUpFilesWithoutPadding) {
    const auto summary = summarize_manifest(
        "d4:infod5:filesld6:lengthi7e4:pathl1:aeed4:attr1:p6:lengthi9e4:pathl1:peed6:lengthi5e4:pathl1:beee"
        "4:name1:d12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee");
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->size, 12u);
}

TEST(SummarizeManifest, KnowsBothHashesOfAHybrid) {
    const auto summary = summarize_manifest(
        "d4:infod9:file treed1:ad0:d6:lengthi7eee1:dd1:bd0:d6:lengthi8eeeee6:lengthi15e12:meta "
        "versioni2e4:name1:d"
        "6:pieces20:aaaaaaaaaaaaaaaaaaaaee");
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->info_hashes.size(), 2u);
    EXPECT_EQ(summary->size, 15u);
    const auto v2 = summarize_manifest(
        "d4:infod9:file treed1:ad0:d6:lengthi7eee1:dd1:bd0:d6:lengthi8eeeee12:meta versioni2e4:name1:dee");
    ASSERT_TRUE(v2);
    EXPECT_EQ(v2->info_hashes.size(), 1u);
    EXPECT_EQ(v2->size, 15u);
}

TEST(SummarizeManifest, RefusesEverythingElse) {
    const std::string good = "d4:infod6:lengthi5e4:name1:m6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    ASSERT_TRUE(summarize_manifest(good));
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_FALSE(summarize_manifest(good.substr(0, cut))) << cut;
    for (const std::string bad :
         {"", "le", "i5e", "de", "d4:infolee", "d4:infod4:name1:mee",
          "d4:infod6:lengthi-5e4:name1:m6:pieces0:ee", "d4:infod6:lengthi5e4:name0:6:pieces0:ee",
          "d4:infod6:length1:54:name1:m6:pieces0:ee", "d4:info99999999999999999999:x",
          "d4:infod6:lengthi5e4:name1:m6:pieces20:aaaaaaaaaaaaaaaaaaaaeex"}) {
        EXPECT_FALSE(summarize_manifest(bad)) << bad;
    }
    EXPECT_FALSE(summarize_manifest(std::string(100'000, 'l'))) << "depth is bounded";
    EXPECT_FALSE(
        summarize_manifest("d4:infod5:filesld6:lengthi9223372036854775807eed6:lengthi1eee4:name1:m"
                           "6:pieces0:ee"))
        << "the sum is bounded";
}

}  // namespace
}  // namespace shoal::tracker
