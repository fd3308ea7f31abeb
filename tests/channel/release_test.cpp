#include "channel/release.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

using test::expect_only;
using test::key;
using test::plain_release;
using test::plain_root;
using test::refusal;
using testing::HasSubstr;

TEST(Release, HasOneFormOnly) {
    for (const std::int64_t number : {1, 2}) {
        Release release = plain_release(number);
        EXPECT_EQ(read_release(write_release(release), "it"), release);
        release.info_hash_v2.emplace().fill(3);
        release.note.clear();
        EXPECT_EQ(read_release(write_release(release), "it"), release);
        release.info_hash_v1.reset();
        EXPECT_EQ(write_release(read_release(write_release(release), "it")), write_release(release));
    }
    EXPECT_NE(refusal([] {
                  read_release(
                      "d7:channel1:a6:formati1e9:info hash20:aaaaaaaaaaaaaaaaaaaa4:note0:6:numberi1e"
                      "4:sizei1e4:type13:shoal.releasee",
                      "it");
              }),
              "it was taken")
        << "an empty note could be left out";
}

TEST(Release, EveryChangedBitIsRefused) {
    const SignedRelease made = sign_release(plain_release(2), key(2));
    const std::string signature = write_signature(made.signature);
    expect_only(made.bytes,
                [&](std::string_view bytes) { read_signed_release(bytes, signature, plain_root(), "it"); });
    EXPECT_EQ(read_signed_release(made.bytes, signature, plain_root(), "it").release, plain_release(2));
}

TEST(Release, NeedsAPublishKeyAndItsOwnChannel) {
    const auto taken = [](const SignedRelease& release) {
        return refusal([&] {
            read_signed_release(release.bytes, write_signature(release.signature), plain_root(), "release 1");
        });
    };
    EXPECT_THAT(taken(sign_release(plain_release(), key(1))), HasSubstr("no publish key of 'camera/latest'"))
        << "a root key publishes nothing";
    Release other = plain_release();
    other.channel = "camera/other";
    EXPECT_THAT(taken(sign_release(other, key(2))), HasSubstr("it is of channel 'camera/other'"));
}

TEST(Release, RefusesWhatMakesNoSense) {
    const auto refused = [](auto change) {
        Release release = plain_release();
        change(release);
        return refusal([&] { write_release(release); }, ExitCode::kUsage);
    };
    EXPECT_THAT(refused([](Release& release) { release.info_hash_v1.reset(); }), HasSubstr("info-hash"));
    EXPECT_THAT(refused([](Release& release) { release.number = 0; }), HasSubstr("number"));
    EXPECT_THAT(refused([](Release& release) { release.number = 2; }), HasSubstr("the one before"));
    EXPECT_THAT(refused([](Release& release) { release.previous.emplace(); }), HasSubstr("the one before"));
    EXPECT_THAT(refused([](Release& release) { release.size = 0; }), HasSubstr("empty"));
    EXPECT_THAT(refused([](Release& release) { release.note = "\x1b[31m"; }), HasSubstr("note"));
    EXPECT_THAT(refused([](Release& release) { release.note = "\xff"; }), HasSubstr("note"));
    EXPECT_THAT(refused([](Release& release) { release.note = std::string(501, 'a'); }), HasSubstr("note"));
    EXPECT_THAT(refused([](Release& release) { release.channel = "/"; }), HasSubstr("name"));
}

}  // namespace
}  // namespace shoal::channel
