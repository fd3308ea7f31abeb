#include "client/content/resume_record.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <array>
#include <nlohmann/json.hpp>

namespace shoal::client {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "shoal resume 1\n";
constexpr std::size_t kDigestBytes = 32;

std::string sha256(std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return {digest.begin(), digest.begin() + size};
}

json::binary_t to_binary(std::string_view text) {
    return json::binary_t({text.begin(), text.end()});
}

std::string from_binary(const json& value) {
    const auto& bytes = value.get_binary();
    return {bytes.begin(), bytes.end()};
}

std::string pack_bits(const std::vector<bool>& bits) {
    std::string bytes((bits.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | (0x80 >> (i % 8)));
    }
    return bytes;
}

std::vector<bool> unpack_bits(std::string_view bytes, std::size_t count) {
    std::vector<bool> bits(count);
    if (bytes.size() != (count + 7) / 8) throw std::invalid_argument("bits");
    for (std::size_t i = 0; i < count; ++i) bits[i] = (bytes[i / 8] & (0x80 >> (i % 8))) != 0;
    return bits;
}

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
    return FileStamp{static_cast<std::uint64_t>(info.st_size), info.st_ino, nanoseconds(info.st_mtim),
                     nanoseconds(info.st_ctim)};
}

std::string encode_resume_record(const ResumeRecord& record) {
    json stamps = json::array();
    for (const auto& stamp : record.stamps) {
        if (stamp) {
            stamps.push_back({stamp->size, stamp->inode, stamp->modified_ns, stamp->changed_ns});
        } else {
            stamps.push_back(nullptr);
        }
    }
    const json body = {{"pieces", record.have.size()},
                       {"have", to_binary(pack_bits(record.have))},
                       {"swarm_state", to_binary(record.swarm_state)},
                       {"stamps", std::move(stamps)},
                       {"file_choices", record.file_choices}};
    const std::vector<std::uint8_t> packed = json::to_cbor(body);
    const std::string content(packed.begin(), packed.end());
    return std::string(kMagic) + sha256(content) + content;
}

std::optional<ResumeRecord> decode_resume_record(std::string_view bytes) {
    if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kDigestBytes) return std::nullopt;
    const std::string_view digest = bytes.substr(kMagic.size(), kDigestBytes);
    const std::string_view content = bytes.substr(kMagic.size() + kDigestBytes);
    if (sha256(content) != digest) return std::nullopt;
    try {
        const json body = json::from_cbor(content.begin(), content.end());
        ResumeRecord record;
        record.have = unpack_bits(from_binary(body.at("have")), body.at("pieces").get<std::size_t>());
        record.swarm_state = from_binary(body.at("swarm_state"));
        for (const json& stamp : body.at("stamps")) {
            if (stamp.is_null()) {
                record.stamps.emplace_back();
            } else {
                record.stamps.push_back(FileStamp{stamp.at(0), stamp.at(1), stamp.at(2), stamp.at(3)});
            }
        }
        record.file_choices = body.at("file_choices").get<std::vector<std::int8_t>>();
        return record;
    } catch (const std::exception&) {
        return std::nullopt;  // another version's: its digest is right, its content is not
    }
}

}  // namespace shoal::client
