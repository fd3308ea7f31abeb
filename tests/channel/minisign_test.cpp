#include "channel/minisign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base64.hpp"
#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

using test::expect_only;
using test::key;
using test::refusal;
using testing::HasSubstr;

// Made by minisign 0.11: `minisign -G -W`, and `minisign -S -t hello` over 1,000 zero bytes.
const char* const kPublicFile =
    "untrusted comment: minisign public key C8F5629A2058007A\n"
    "RWR6AFggmmL1yMViM09y1j5VoFOSOfuYUuwC2vy64HOZWszswQxts0JD\n";
const char* const kSecretFile =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAegBYIJpi9chyhfNKKi62nLQfW20igNHN"
    "KZEAcbLrxVp+"
    "AiQV11fGC8ViM09y1j5VoFOSOfuYUuwC2vy64HOZWszswQxts0JDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
const char* const kSignatureFile =
    "untrusted comment: signature from minisign secret key\n"
    "RUR6AFggmmL1yFu+gcHW6e/FxiRGeQw2q4hZMA5m09/BuUBo2ibBKu/6PSNYycnxoG0VsmaZMvB6wYZDgy2Se+Xxw+Fe4v+1Jgg=\n"
    "trusted comment: hello\n"
    "1mzdYhzZgfbudaypDnzq42ACBm9ZN+0xzHh94Jmgac8z7mSq7/rJEzFnpueojyoZJ4OrvAnmewEGc8jD9gFPAw==\n";
const std::string kSigned(1000, '\0');

TEST(Minisign, ReadsAndVerifiesWhatItsProgramHasMade) {
    const PublicKey key = read_public_key(kPublicFile, "a.pub");
    EXPECT_EQ(key_name(key.id), "C8F5629A2058007A");
    const FileSignature signature = read_signature(kSignatureFile, "f.minisig");
    EXPECT_EQ(signature.trusted_comment, "hello");
    EXPECT_TRUE(verifies(kSigned, signature, key));
    EXPECT_FALSE(verifies(kSigned + '\0', signature, key));
}

TEST(Minisign, WritesTheSameBytesAsItsProgram) {
    const SecretKey key = read_secret_key(kSecretFile, "a.key");
    EXPECT_EQ(write_public_key(key.public_key()), kPublicFile);
    EXPECT_EQ(write_signature(sign_file(kSigned, "hello", key)), kSignatureFile);
    const std::string again = write_secret_key(key);
    EXPECT_EQ(again.substr(again.find('\n')),
              std::string(kSecretFile).substr(std::string(kSecretFile).find('\n')));
}

TEST(Minisign, KeysSurviveTheirFiles) {
    const SecretKey made = SecretKey::random();
    const SecretKey read = read_secret_key(write_secret_key(made), "a.key");
    EXPECT_EQ(read.public_key(), made.public_key());
    EXPECT_EQ(read.seed(), made.seed());
    EXPECT_EQ(read_public_key(write_public_key(made.public_key()), "a.pub"), made.public_key());
    EXPECT_NE(SecretKey::random().public_key(), made.public_key());
}

TEST(Minisign, ASignatureWithAnyBitChangedVerifiesNothing) {
    const PublicKey key = read_public_key(kPublicFile, "a.pub");
    const std::string good = kSignatureFile;
    // The untrusted comment is not signed.
    const std::string head = good.substr(0, good.find('\n') + 1);
    const std::string body = good.substr(head.size(), good.size() - head.size() - 1);
    expect_only(body, [&](std::string_view text) {
        // One line end at the end means nothing.
        if (text.ends_with('\n')) text.remove_suffix(text.size() == body.size() + 1 ? 1 : 0);
        const std::string whole =
            head + std::string(text) + (text.size() > body.size() || text == body ? "x" : "");
        if (!verifies(kSigned, read_signature(whole, "it"), key))
            throw Error(ExitCode::kRefused, "it", "is wrong");
    });
}

TEST(Minisign, RefusesWhatIsNoKey) {
    for (const std::string text :
         {"", "\n\n", "untrusted comment: x\n",
          "x\nRWR6AFggmmL1yMViM09y1j5VoFOSOfuYUuwC2vy64HOZWszswQxts0JD\n",
          "untrusted comment: x\nRWR6AFggmmL1yMViM09y1j5VoFOSOfuYUuwC2vy64HOZWszswQxts0J\n", kSecretFile,
          kSignatureFile}) {
        EXPECT_THAT(refusal([&] { read_public_key(text, "a.pub"); }, ExitCode::kUsage),
                    HasSubstr("a.pub: it is not a public key"))
            << text;
    }
    for (const std::string text : {"", kPublicFile, kSignatureFile}) {
        EXPECT_THAT(refusal([&] { read_secret_key(text, "a.key"); }, ExitCode::kUsage),
                    HasSubstr("a.key: it is not a secret key"))
            << text;
    }
}

TEST(Minisign, RefusesASecretKeyThatDoesNotFitItsPublicHalf) {
    std::string bytes = *decode_base64(std::string(kSecretFile).substr(std::string(kSecretFile).find('\n')));
    bytes[62] = static_cast<char>(bytes[62] ^ 1);  // in the seed
    EXPECT_THAT(
        refusal([&] { read_secret_key("untrusted comment: x\n" + encode_base64(bytes) + "\n", "a.key"); },
                ExitCode::kUsage),
        HasSubstr("damaged"));
}

TEST(Minisign, SaysWhyAnEncryptedKeyIsNotTaken) {
    std::string bytes = *decode_base64(std::string(kSecretFile).substr(std::string(kSecretFile).find('\n')));
    bytes.replace(2, 2, "Sc");
    EXPECT_THAT(
        refusal([&] { read_secret_key("untrusted comment: x\n" + encode_base64(bytes) + "\n", "a.key"); },
                ExitCode::kUsage),
        HasSubstr("encrypted with a password"));
}

TEST(Minisign, RefusesTheOldFormAndCommentsThatAreNoLine) {
    std::string bytes = *decode_base64(
        "RUR6AFggmmL1yFu+gcHW6e/FxiRGeQw2q4hZMA5m09/BuUBo2ibBKu/"
        "6PSNYycnxoG0VsmaZMvB6wYZDgy2Se+Xxw+Fe4v+1Jgg=");
    bytes[1] = 'd';
    std::string text = kSignatureFile;
    const std::size_t line = text.find('\n') + 1;
    text.replace(line, text.find('\n', line) - line, encode_base64(bytes));
    EXPECT_THAT(refusal([&] { read_signature(text, "it"); }), HasSubstr("old form"));
    EXPECT_THROW(sign_file("x", "two\nlines", key(1)), Error);
}

}  // namespace
}  // namespace shoal::channel
