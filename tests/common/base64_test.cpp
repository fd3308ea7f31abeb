#include "common/base64.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Base64, RoundTripsAndRefuses) {
    for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
        EXPECT_EQ(decode_base64(encode_base64(text)), text);
    EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
    EXPECT_EQ(decode_base64("Zm9v\nYg=="), "foob");
    EXPECT_EQ(decode_base64("Zm9vYg"), "foob") << "padding may be missing";
    for (const char* text : {"Z", "Zm9vY", "Zm9v*g==", "Zg=a", "Zg=", "Zg==="})
        EXPECT_FALSE(decode_base64(text)) << text;
}

}  // namespace
}  // namespace shoal
