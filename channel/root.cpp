#include "channel/root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "channel/bencode_reader.hpp"
#include "channel/channel_name.hpp"
#include "common/bencode_writer.hpp"
#include "common/error.hpp"

namespace shoal::channel {
namespace {

constexpr std::string_view kType = "shoal.root";
constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMostKeys = 16;
constexpr std::size_t kMostTrackers = 16;
constexpr std::size_t kMostUrl = 1024;
constexpr std::size_t kMostSignatures = 32;
constexpr std::size_t kMostSignatureBytes = 4096;
constexpr std::int64_t kMostKept = 1000;

bool by_key(const PublicKey& a, const PublicKey& b) {
    return a.key < b.key;
}

bool each_once(const std::vector<PublicKey>& keys) {
    std::set<KeyId> ids;
    for (const PublicKey& key : keys) ids.insert(key.id);
    return ids.size() == keys.size() &&
           std::adjacent_find(keys.begin(), keys.end(), [](const PublicKey& a, const PublicKey& b) {
               return !(a.key < b.key);
           }) == keys.end();
}

/// Empty where there is nothing wrong.
std::string problem_of(const Root& root) {
    if (const std::string problem = name_problem(root.name); !problem.empty()) return "the name " + problem;
    for (const auto* const keys : {&root.root_keys, &root.publish_keys, &root.head_keys}) {
        if (keys->empty() || keys->size() > kMostKeys)
            return fmt::format("each role needs 1 to {} keys", kMostKeys);
        if (!each_once(*keys)) return "a key stands twice in one role";
    }
    if (root.threshold < 1 || root.threshold > static_cast<std::int64_t>(root.root_keys.size()))
        return fmt::format("a threshold of {} does not fit {} root keys", root.threshold,
                           root.root_keys.size());
    if (root.version < 1) return "the version is less than 1";
    if (root.keep < 2 || root.keep > kMostKept)
        return fmt::format("'keep' is not between 2 (the current release and the one before) and {}",
                           kMostKept);
    if (root.lifetime < 1) return "heads would expire at once";
    if (root.trackers.empty() || root.trackers.size() > kMostTrackers)
        return fmt::format("it needs 1 to {} trackers", kMostTrackers);
    for (const std::string& url : root.trackers) {
        if (url.size() > kMostUrl || (!url.starts_with("http://") && !url.starts_with("https://")))
            return "a tracker's URL is no http:// or https:// one";
        if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~'; }))
            return "a tracker's URL holds a blank or a character that must be escaped";
    }
    return {};
}

void write_keys(BencodeWriter& out, std::string_view name, const std::vector<PublicKey>& keys) {
    out.key(name);
    out.begin_list();
    for (const PublicKey& key : keys) out.string(fmt::format("{}{}", view(key.id), view(key.key)));
    out.end();
}

std::string write_root(const Root& root) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("expires", root.expires);
    out.entry("format", kFormat);
    write_keys(out, "head", root.head_keys);
    out.entry("keep", root.keep);
    out.entry("lifetime", root.lifetime);
    out.entry("name", root.name);
    write_keys(out, "publish", root.publish_keys);
    write_keys(out, "root", root.root_keys);
    out.entry("threshold", root.threshold);
    out.key("trackers");
    out.begin_list();
    for (const std::string& url : root.trackers) out.string(url);
    out.end();
    out.entry("type", kType);
    out.entry("version", root.version);
    out.end();
    return bytes;
}

std::vector<PublicKey> read_keys(BencodeReader& in, std::string_view name) {
    std::vector<PublicKey> keys;
    in.key(name);
    in.begin_list();
    while (!in.at_end()) {
        const auto bytes = in.fixed<8 + 32>();
        if (keys.size() == kMostKeys) in.fail("it has too many keys");
        PublicKey& key = keys.emplace_back();
        std::copy_n(bytes.begin(), key.id.size(), key.id.begin());
        std::copy_n(bytes.begin() + key.id.size(), key.key.size(), key.key.begin());
    }
    in.end();
    return keys;
}

Root read_root(std::string_view bytes, std::string_view source) {
    BencodeReader in(bytes, std::string(source));
    Root root;
    in.begin_dict();
    root.expires = in.number_of("expires");
    if (in.number_of("format") != kFormat) in.fail("its format is newer than this program");
    root.head_keys = read_keys(in, "head");
    root.keep = in.number_of("keep");
    root.lifetime = in.number_of("lifetime");
    root.name = in.string_of("name", kMaxNameBytes);
    root.publish_keys = read_keys(in, "publish");
    root.root_keys = read_keys(in, "root");
    root.threshold = in.number_of("threshold");
    in.key("trackers");
    in.begin_list();
    while (!in.at_end()) {
        if (root.trackers.size() == kMostTrackers) in.fail("it has too many trackers");
        root.trackers.emplace_back(in.string(kMostUrl));
    }
    in.end();
    if (in.string_of("type", kType.size()) != kType) in.fail("it is not a channel's root");
    root.version = in.number_of("version");
    in.end();
    in.finish();
    if (const std::string problem = problem_of(root); !problem.empty()) in.fail(problem);
    return root;
}

/// How many different keys of `keys` have signed.
std::int64_t count_signers(const SignedRoot& root, const std::vector<PublicKey>& keys) {
    return std::count_if(keys.begin(), keys.end(), [&root](const PublicKey& key) {
        return std::any_of(
            root.signatures.begin(), root.signatures.end(),
            [&](const FileSignature& signature) { return verifies(root.bytes, signature, key); });
    });
}

void require_signers(const SignedRoot& root, const Root& by, std::string_view source,
                     std::string_view whose) {
    const std::int64_t signers = count_signers(root, by.root_keys);
    if (signers >= by.threshold) return;
    throw Error(ExitCode::kRefused, source,
                fmt::format("{} of {} root keys have signed it, {} must", signers, whose, by.threshold),
                "get the channel's file again from who made it");
}

}  // namespace

SignedRoot sign_root(Root root, const std::vector<SecretKey>& keys) {
    for (auto* const role : {&root.root_keys, &root.publish_keys, &root.head_keys})
        std::sort(role->begin(), role->end(), by_key);
    if (const std::string problem = problem_of(root); !problem.empty())
        throw Error(ExitCode::kUsage, fmt::format("channel '{}'", root.name), problem, "correct it");
    SignedRoot out;
    out.bytes = write_root(root);
    const std::string comment = fmt::format("shoal root {} {}", root.name, root.version);
    for (const SecretKey& key : keys) out.signatures.push_back(sign_file(out.bytes, comment, key));
    if (count_signers(out, root.root_keys) < root.threshold)
        throw Error(ExitCode::kUsage, fmt::format("channel '{}'", root.name),
                    fmt::format("it needs {} of its root keys to sign it", root.threshold),
                    "pass --root for each of them");
    out.root = std::move(root);
    return out;
}

std::string write_signed_root(const SignedRoot& root) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("root", root.bytes);
    out.key("signatures");
    out.begin_list();
    for (const FileSignature& signature : root.signatures) out.string(write_signature(signature));
    out.end();
    out.end();
    return bytes;
}

SignedRoot read_signed_root(std::string_view bytes, std::string_view source) {
    BencodeReader in(bytes, std::string(source));
    SignedRoot out;
    in.begin_dict();
    out.bytes = in.string_of("root", kMaxRootBytes);
    in.key("signatures");
    in.begin_list();
    while (!in.at_end()) {
        if (out.signatures.size() == kMostSignatures) in.fail("it has too many signatures");
        const std::string_view text = in.string(kMostSignatureBytes);
        out.signatures.push_back(read_signature(text, source));
        if (write_signature(out.signatures.back()) != text) in.fail("a signature is written in another way");
    }
    in.end();
    in.end();
    in.finish();
    out.root = read_root(out.bytes, source);
    require_signers(out, out.root, source, "its own");
    return out;
}

void check_successor(const SignedRoot& root, const SignedRoot& next) {
    const std::string source = fmt::format("root {} of '{}'", next.root.version, next.root.name);
    if (next.root.name != root.root.name)
        throw Error(ExitCode::kRefused, source, fmt::format("the channel is '{}'", root.root.name),
                    "name the right channel");
    if (next.root.version != root.root.version + 1)
        throw Error(ExitCode::kRefused, source,
                    fmt::format("after root {} comes {}", root.root.version, root.root.version + 1),
                    "send each root in its turn");
    require_signers(next, root.root, source, "the old root's");
}

bool holds_key(const std::vector<PublicKey>& keys, const Ed25519Public& key) {
    return std::any_of(keys.begin(), keys.end(), [&](const PublicKey& one) { return one.key == key; });
}

}  // namespace shoal::channel
