#include "channel/minisign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "common/base64.hpp"
#include "common/error.hpp"

namespace shoal::channel {
namespace {

constexpr std::string_view kUntrusted = "untrusted comment: ";
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr std::string_view kPlain = "Ed";      // of a key; of a signature: over the file itself
constexpr std::string_view kPrehashed = "ED";  // over its digest
constexpr std::string_view kNoPassword{"\0\0", 2};
constexpr std::string_view kScrypt = "Sc";
constexpr std::string_view kBlake2 = "B2";
constexpr std::size_t kSaltAndLimits = 32 + 8 + 8;
constexpr std::size_t kChecksum = 32;  // zeros where there is no password
constexpr std::size_t kMostComment = 1024;

/// Takes a file's bytes from the front.
class Fields {
  public:
    explicit Fields(std::string_view bytes) : rest_(bytes) {}

    std::string_view take(std::size_t size) {
        const std::string_view out = rest_.substr(0, size);
        rest_.remove_prefix(out.size());
        return out;
    }
    template <std::size_t kSize>
    void take(std::array<std::uint8_t, kSize>& out) {
        const std::string_view bytes = take(kSize);
        std::copy(bytes.begin(), bytes.end(), out.begin());
    }

  private:
    std::string_view rest_;
};

/// The lines of a file; nothing where it has another number of them or one is not ended.
std::optional<std::vector<std::string_view>> lines_of(std::string_view text, std::size_t count) {
    std::vector<std::string_view> out;
    while (!text.empty() && out.size() <= count) {
        const std::size_t end = text.find('\n');
        // minisign ends each line; an editor may have left out the last end.
        out.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (out.back().ends_with('\r')) out.back().remove_suffix(1);
    }
    if (out.size() != count) return std::nullopt;
    return out;
}

/// Of exactly that many bytes, written in the one way that there is.
std::optional<std::string> decoded(std::string_view line, std::size_t size) {
    auto bytes = decode_base64(line);
    if (!bytes || bytes->size() != size || encode_base64(*bytes) != line) return std::nullopt;
    return bytes;
}

bool one_clean_line(std::string_view text) {
    return text.size() <= kMostComment &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

std::string with_comment(const Signature& signature, std::string_view comment) {
    return std::string(view(signature)) + std::string(comment);
}

[[noreturn]] void refuse_key(std::string_view source, std::string_view why, std::string_view advice) {
    throw Error(ExitCode::kUsage, source, why, advice);
}

[[noreturn]] void refuse_signature(std::string_view source, std::string_view why, std::string_view advice) {
    throw Error(ExitCode::kRefused, source, why, advice);
}

}  // namespace

SecretKey::SecretKey(const KeyId& id, const Ed25519Seed& seed) : seed_(seed), public_{id, public_of(seed)} {}

SecretKey SecretKey::random() {
    KeyId id{};
    Ed25519Seed seed{};
    fill_randomly(id.data(), id.size());
    fill_randomly(seed.data(), seed.size());
    SecretKey out(id, seed);
    forget(seed.data(), seed.size());
    return out;
}

std::string key_name(const KeyId& id) {
    std::string out;
    for (auto byte = id.rbegin(); byte != id.rend(); ++byte) out += fmt::format("{:02X}", *byte);
    return out;
}

FileSignature sign_file(std::string_view bytes, std::string_view trusted_comment, const SecretKey& key) {
    if (!one_clean_line(trusted_comment))
        throw Error(ExitCode::kFailed, "trusted comment", "it is no single short line", "shorten it");
    FileSignature out;
    out.id = key.public_key().id;
    out.signature = ed25519_sign(view(blake2b(bytes)), key.seed());
    out.trusted_comment = trusted_comment;
    out.comment_signature = ed25519_sign(with_comment(out.signature, trusted_comment), key.seed());
    return out;
}

bool verifies(std::string_view bytes, const FileSignature& signature, const PublicKey& key) {
    return signature.id == key.id && ed25519_verify(view(blake2b(bytes)), signature.signature, key.key) &&
           ed25519_verify(with_comment(signature.signature, signature.trusted_comment),
                          signature.comment_signature, key.key);
}

std::string write_public_key(const PublicKey& key) {
    const std::string bytes = fmt::format("{}{}{}", kPlain, view(key.id), view(key.key));
    return fmt::format("{}minisign public key {}\n{}\n", kUntrusted, key_name(key.id), encode_base64(bytes));
}

PublicKey read_public_key(std::string_view text, std::string_view source) {
    constexpr std::size_t kSize = 2 + 8 + 32;
    const auto lines = lines_of(text, 2);
    const auto bytes =
        lines && lines->front().starts_with(kUntrusted) ? decoded(lines->back(), kSize) : std::nullopt;
    if (!bytes)
        refuse_key(source, "it is not a public key of minisign's form",
                   "name the .pub file that 'shoal key new' or 'minisign -G' has written");
    Fields fields(*bytes);
    if (fields.take(2) != kPlain)
        refuse_key(source, "it is not an Ed25519 key", "make one with 'shoal key new'");
    PublicKey out;
    fields.take(out.id);
    fields.take(out.key);
    return out;
}

std::string write_secret_key(const SecretKey& key) {
    std::string bytes = fmt::format("{}{}{}", kPlain, kNoPassword, kBlake2);
    bytes.reserve(2 + 2 + 2 + kSaltAndLimits + 8 + 32 + 32 + kChecksum);
    bytes.append(kSaltAndLimits, '\0');
    bytes += view(key.public_key().id);
    bytes += view(key.seed());
    bytes += view(key.public_key().key);
    bytes.append(kChecksum, '\0');
    // Who reads only the comment should not take it for a protected key; minisign does not look at it.
    std::string out =
        fmt::format("{}minisign secret key without a password\n{}\n", kUntrusted, encode_base64(bytes));
    forget(bytes.data(), bytes.size());
    return out;
}

SecretKey read_secret_key(std::string_view text, std::string_view source) {
    constexpr std::size_t kSize = 2 + 2 + 2 + kSaltAndLimits + 8 + 32 + 32 + kChecksum;
    const auto lines = lines_of(text, 2);
    auto bytes =
        lines && lines->front().starts_with(kUntrusted) ? decoded(lines->back(), kSize) : std::nullopt;
    if (!bytes)
        refuse_key(source, "it is not a secret key of minisign's form",
                   "name the .key file that 'shoal key new' or 'minisign -G -W' has written");
    Fields fields(*bytes);
    if (fields.take(2) != kPlain)
        refuse_key(source, "it is not an Ed25519 key", "make one with 'shoal key new'");
    const std::string_view password = fields.take(2);
    if (password == kScrypt)
        refuse_key(source, "it is encrypted with a password, which is not supported",
                   "take the password off with 'minisign -C -W', or make a key with 'shoal key new'");
    if (password != kNoPassword || fields.take(2) != kBlake2)
        refuse_key(source, "it is protected in an unknown way", "make a key with 'shoal key new'");
    fields.take(kSaltAndLimits);
    KeyId id{};
    Ed25519Seed seed{};
    Ed25519Public stored{};
    fields.take(id);
    fields.take(seed);
    fields.take(stored);
    SecretKey out(id, seed);
    forget(seed.data(), seed.size());
    forget(bytes->data(), bytes->size());
    if (out.public_key().key != stored)
        refuse_key(source, "it is damaged: its two halves do not belong together", "restore it from a copy");
    return out;
}

std::string write_signature(const FileSignature& signature) {
    const std::string bytes =
        fmt::format("{}{}{}", kPrehashed, view(signature.id), view(signature.signature));
    return fmt::format("{}signature from minisign secret key\n{}\n{}{}\n{}\n", kUntrusted,
                       encode_base64(bytes), kTrusted, signature.trusted_comment,
                       encode_base64(view(signature.comment_signature)));
}

FileSignature read_signature(std::string_view text, std::string_view source) {
    constexpr std::size_t kSize = 2 + 8 + 64;
    constexpr std::string_view kAdvice = "sign again, with 'minisign -S' or shoal";
    const auto lines = lines_of(text, 4);
    if (!lines || !(*lines)[0].starts_with(kUntrusted) || !one_clean_line((*lines)[0]) ||
        !(*lines)[2].starts_with(kTrusted) || !one_clean_line((*lines)[2]))
        refuse_signature(source, "it is not a signature of minisign's form", kAdvice);
    const auto bytes = decoded((*lines)[1], kSize);
    const auto comment = decoded((*lines)[3], 64);
    if (!bytes || !comment) refuse_signature(source, "it is not a signature of minisign's form", kAdvice);
    Fields fields(*bytes);
    const std::string_view kind = fields.take(2);
    if (kind == kPlain)
        refuse_signature(source, "it is of minisign's old form, over the file instead of its digest",
                         "sign again without -l");
    if (kind != kPrehashed) refuse_signature(source, "it is not an Ed25519 signature", kAdvice);
    FileSignature out;
    fields.take(out.id);
    fields.take(out.signature);
    out.trusted_comment = (*lines)[2].substr(kTrusted.size());
    Fields(*comment).take(out.comment_signature);
    return out;
}

}  // namespace shoal::channel
