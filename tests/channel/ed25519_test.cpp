#include "channel/ed25519.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/hex.hpp"
#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

template <class Bytes>
Bytes from_hex(std::string_view digits) {
    Bytes out{};
    EXPECT_EQ(digits.size(), 2 * out.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>(std::stoi(std::string(digits.substr(2 * i, 2)), nullptr, 16));
    return out;
}

// RFC 8032, section 7.1, test 2
const char* const kSeed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const char* const kPublic = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const char* const kSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(Ed25519, SignsAsItsStandardDoes) {
    const auto seed = from_hex<Ed25519Seed>(kSeed);
    EXPECT_EQ(hex(view(public_of(seed))), kPublic);
    EXPECT_EQ(hex(view(ed25519_sign("\x72", seed))), kSignature);
}

TEST(Ed25519, VerifiesThatSignatureAlone) {
    const auto key = from_hex<Ed25519Public>(kPublic);
    const auto good = from_hex<Signature>(kSignature);
    EXPECT_TRUE(ed25519_verify("\x72", good, key));
    EXPECT_FALSE(ed25519_verify("\x73", good, key));
    EXPECT_FALSE(ed25519_verify("", good, key));
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            Signature bad = good;
            bad[at] = static_cast<std::uint8_t>(bad[at] ^ (1 << bit));
            ASSERT_FALSE(ed25519_verify("\x72", bad, key)) << at;
        }
    }
}

TEST(Ed25519, RefusesKeysThatAreNoPoint) {
    Ed25519Public none{};
    none.fill(0xff);
    EXPECT_FALSE(ed25519_verify("\x72", from_hex<Signature>(kSignature), none));
}

TEST(Digests, AreThoseOfTheirStandards) {
    // RFC 7693, appendix A
    EXPECT_EQ(hex(view(blake2b("abc"))),
              "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
              "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    EXPECT_EQ(hex(view(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(BEP44, TheSignedMessageIsThatOfItsTestVectors) {
    const auto key =
        from_hex<Ed25519Public>("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548");
    EXPECT_EQ(signed_message("foobar", 1, "12:Hello World!"), "4:salt6:foobar3:seqi1e1:v12:Hello World!");
    EXPECT_TRUE(ed25519_verify(
        signed_message("foobar", 1, "12:Hello World!"),
        from_hex<Signature>("6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
                            "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08"),
        key));
}

}  // namespace
}  // namespace shoal::channel
