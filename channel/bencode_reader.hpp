#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::channel {

/// Reads bencoding (BEP 3) of which the form is known: the caller asks for each key in byte order. So an
/// unknown key, a missing one and one out of order are all refused, and what was read is the only way to
/// write it. Every function throws Error (kRefused) that names the source and the byte.
class BencodeReader {
  public:
    /// @param source  how errors call the bytes, which must stay
    BencodeReader(std::string_view bytes, std::string source) : bytes_(bytes), source_(std::move(source)) {}

    void begin_dict() { expect('d'); }
    void begin_list() { expect('l'); }
    void end() { expect('e'); }
    /// Nothing may follow.
    void finish() const;
    [[nodiscard]] bool at_end() const { return at_ < bytes_.size() && bytes_[at_] == 'e'; }

    std::string_view string(std::size_t most);
    /// 0 to 2^63 - 1.
    std::int64_t number();

    /// True, and past it, where this is the next key.
    bool optional_key(std::string_view name);
    void key(std::string_view name);
    std::string_view string_of(std::string_view name, std::size_t most);
    std::int64_t number_of(std::string_view name);
    template <std::size_t kSize>
    std::array<std::uint8_t, kSize> bytes_of(std::string_view name) {
        key(name);
        return fixed<kSize>();
    }
    template <std::size_t kSize>
    std::array<std::uint8_t, kSize> fixed() {
        const std::string_view value = string(kSize);
        if (value.size() != kSize) fail("a string has a wrong length");
        std::array<std::uint8_t, kSize> out{};
        for (std::size_t i = 0; i < kSize; ++i) out[i] = static_cast<std::uint8_t>(value[i]);
        return out;
    }
    /// The bytes from `start`, an earlier position(), up to here.
    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] std::string_view since(std::size_t start) const {
        return bytes_.substr(start, at_ - start);
    }

    [[noreturn]] void fail(std::string_view why) const;

  private:
    void expect(char c);
    /// Digits without a leading zero, then `end`.
    std::int64_t digits(char end);

    std::string_view bytes_;
    std::string source_;
    std::size_t at_ = 0;
};

}  // namespace shoal::channel
