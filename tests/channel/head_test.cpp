#include "channel/head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

using test::expect_only;
using test::key;
using test::plain_root;
using test::refusal;
using test::signed_head;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Head, SurvivesItsBytes) {
    const SignedHead made = signed_head(43);
    const SignedHead read = read_head(write_head(made), "it");
    EXPECT_EQ(read.head, made.head);
    EXPECT_EQ(write_head(read), write_head(made));
    EXPECT_EQ(head_problem(read, plain_root()), "");
}

TEST(Head, IsAMutableItemWithTheChannelAsItsSalt) {
    const std::string bytes = write_head(signed_head(43));
    EXPECT_THAT(bytes, StartsWith("d1:k32:"));
    EXPECT_THAT(bytes, HasSubstr("4:salt13:camera/latest3:seqi43e3:sig64:"));
    EXPECT_THAT(bytes, HasSubstr("1:vd6:digest32:"));
    const std::string value = bytes.substr(bytes.find("1:vd") + 3, bytes.size() - bytes.find("1:vd") - 4);
    EXPECT_TRUE(ed25519_verify("4:salt13:camera/latest3:seqi43e1:v" + value, signed_head(43).signature,
                               key(2).public_key().key));
}

TEST(Head, IsSmallEnoughForTheDhtAtItsLargest) {
    Head head;
    head.channel = std::string(64, 'a');
    head.sequence = head.release = head.expires = 9223372036854775807;
    const std::string bytes = write_head(sign_head(head, key(2)));
    EXPECT_LT(bytes.size(), kMaxHeadBytes);
    EXPECT_EQ(read_head(bytes, "it").head, head);
}

TEST(Head, EveryChangedBitIsRefused) {
    const Root root = plain_root();
    expect_only(write_head(signed_head(43)), [&](std::string_view bytes) {
        if (!head_problem(read_head(bytes, "it"), root).empty())
            throw Error(ExitCode::kRefused, "it", "is wrong");
    });
}

TEST(Head, NeedsAHeadKeyAndItsOwnChannel) {
    EXPECT_THAT(head_problem(signed_head(1, 1), plain_root()), HasSubstr("may not sign heads"));
    Root other = plain_root();
    other.name = "camera/other";
    EXPECT_THAT(head_problem(signed_head(1), other), HasSubstr("not of 'camera/other'"));
    SignedHead stolen = signed_head(1, 1);
    stolen.key = key(2).public_key().key;
    EXPECT_THAT(head_problem(stolen, plain_root()), HasSubstr("signature is wrong"));
}

TEST(Head, RefusesWhatMakesNoSense) {
    EXPECT_THAT(refusal([] { signed_head(0); }, ExitCode::kUsage), HasSubstr("sequence"));
    EXPECT_THAT(refusal([] { read_head(std::string(1000, 'd'), "it"); }), HasSubstr("too long"));
}

}  // namespace
}  // namespace shoal::channel
