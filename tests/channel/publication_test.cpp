#include "channel/publication.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

using test::expect_only;
using test::head_of;
using test::key;
using test::plain_release;
using test::plain_root;
using test::refusal;
using testing::HasSubstr;

Publication publication(std::uint8_t head_key = 2) {
    const SignedRelease release = sign_release(plain_release(), key(2));
    return {sign_head(head_of(release, 1), key(head_key)), release, "the manifest"};
}

Publication read_back(const Publication& made) {
    return read_publication(write_publication(made), plain_root(), 100, "it");
}

TEST(Publication, SurvivesItsBytes) {
    const Publication read = read_back(publication());
    EXPECT_EQ(read.release.release, plain_release());
    EXPECT_EQ(read.manifest, "the manifest");
    EXPECT_EQ(write_publication(read), write_publication(publication()));
}

TEST(Publication, EveryChangedBitButTheManifestsIsRefused) {
    Publication made = publication();
    made.manifest.clear();
    expect_only(write_publication(made),
                [](std::string_view bytes) { read_publication(bytes, plain_root(), 0, "it"); });
}

TEST(Publication, LimitsTheManifest) {
    EXPECT_THAT(refusal([] { read_publication(write_publication(publication()), plain_root(), 11, "it"); }),
                HasSubstr("too long"));
}

TEST(Publication, NeedsAHeadOfItsOwnRelease) {
    EXPECT_THAT(refusal([] { read_back(publication(1)); }), HasSubstr("may not sign heads"));
    Publication mixed = publication();
    mixed.release = sign_release(plain_release(2), key(2));
    EXPECT_THAT(refusal([&] { read_back(mixed); }), HasSubstr("names another release"));
    Publication unsigned_release = publication();
    unsigned_release.release.signature = sign_file(unsigned_release.release.bytes, "x", key(3));
    EXPECT_THAT(refusal([&] { read_back(unsigned_release); }), HasSubstr("no publish key"));
}

}  // namespace
}  // namespace shoal::channel
