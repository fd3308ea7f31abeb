#include "channel/bencode_reader.hpp"

#include <fmt/format.h>

#include <charconv>

#include "common/error.hpp"

namespace shoal::channel {

void BencodeReader::fail(std::string_view why) const {
    throw Error(ExitCode::kRefused, source_, fmt::format("{} (at byte {})", why, at_),
                "fetch it again: it is damaged, of a newer version, or something else");
}

void BencodeReader::expect(char c) {
    if (at_ >= bytes_.size()) fail("it ends too early");
    if (bytes_[at_] != c) fail(fmt::format("'{}' is missing", c));
    ++at_;
}

void BencodeReader::finish() const {
    if (at_ != bytes_.size()) fail("something follows its end");
}

std::int64_t BencodeReader::digits(char end) {
    const char* const first = bytes_.data() + at_;
    const char* const last = bytes_.data() + bytes_.size();
    std::int64_t value = 0;
    const auto [stop, problem] = std::from_chars(first, last, value);
    if (problem != std::errc() || *first == '-' || (*first == '0' && stop - first > 1))
        fail("a number is wrong");
    at_ += static_cast<std::size_t>(stop - first);
    expect(end);
    return value;
}

std::string_view BencodeReader::string(std::size_t most) {
    const auto size = static_cast<std::uint64_t>(digits(':'));
    if (size > most) fail("a string is too long");
    if (size > bytes_.size() - at_) fail("it ends too early");
    const std::string_view out = bytes_.substr(at_, size);
    at_ += size;
    return out;
}

std::int64_t BencodeReader::number() {
    expect('i');
    return digits('e');
}

bool BencodeReader::optional_key(std::string_view name) {
    const std::string whole = fmt::format("{}:{}", name.size(), name);
    if (bytes_.substr(at_, whole.size()) != whole) return false;
    at_ += whole.size();
    return true;
}

void BencodeReader::key(std::string_view name) {
    if (!optional_key(name))
        fail(fmt::format("'{}' is missing, or something unknown stands before it", name));
}

std::string_view BencodeReader::string_of(std::string_view name, std::size_t most) {
    key(name);
    return string(most);
}

std::int64_t BencodeReader::number_of(std::string_view name) {
    key(name);
    return number();
}

}  // namespace shoal::channel
