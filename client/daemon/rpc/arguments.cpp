#include "client/daemon/rpc/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

const json* find(const json& arguments, std::string_view name) {
    const auto found = arguments.find(name);
    return found == arguments.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void refuse(std::string_view name, std::string_view what_it_must_be) {
    throw Error(ExitCode::kUsage, name, fmt::format("must be {}", what_it_must_be));
}

/// Integers also where they are written as 5.0: some clients know only doubles.
std::optional<std::int64_t> whole_number(const json& value) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (!value.is_number_float()) return std::nullopt;
    const double real = value.get<double>();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (real != std::floor(real) || std::abs(real) > kExact) return std::nullopt;
    return static_cast<std::int64_t>(real);
}

}  // namespace

std::optional<std::string> text_argument(const json& arguments, std::string_view name) {
    const json* value = find(arguments, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) refuse(name, "a string");
    return value->get<std::string>();
}

std::optional<bool> flag_argument(const json& arguments, std::string_view name) {
    const json* value = find(arguments, name);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    const auto number = whole_number(*value);
    if (number != 0 && number != 1) refuse(name, "true or false");
    return number == 1;
}

std::optional<std::int64_t> number_argument(const json& arguments, std::string_view name, std::int64_t min,
                                            std::int64_t max) {
    const json* value = find(arguments, name);
    if (value == nullptr) return std::nullopt;
    const auto number = whole_number(*value);
    if (!number || *number < min || *number > max)
        refuse(name, fmt::format("a whole number from {} to {}", min, max));
    return number;
}

std::optional<double> real_argument(const json& arguments, std::string_view name) {
    const json* value = find(arguments, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number() || !std::isfinite(value->get<double>())) refuse(name, "a number");
    return value->get<double>();
}

std::optional<std::uint64_t> rate_argument(const json& arguments, std::string_view name) {
    constexpr std::int64_t kMaxKilobytes = 1'000'000'000;  // 1 TB/s
    const auto kilobytes = number_argument(arguments, name, INT64_MIN, kMaxKilobytes);
    if (!kilobytes) return std::nullopt;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, *kilobytes)) * 1000;
}

std::optional<std::vector<std::string>> texts_argument(const json& arguments, std::string_view name) {
    const json* value = find(arguments, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_array()) refuse(name, "a list of strings");
    std::vector<std::string> texts;
    for (const json& element : *value) {
        if (!element.is_string()) refuse(name, "a list of strings");
        texts.push_back(element.get<std::string>());
    }
    return texts;
}

std::optional<std::vector<std::int64_t>> numbers_argument(const json& arguments, std::string_view name) {
    const json* value = find(arguments, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_array()) refuse(name, "a list of numbers");
    std::vector<std::int64_t> numbers;
    for (const json& element : *value) {
        const auto number = whole_number(element);
        if (!number) refuse(name, "a list of numbers");
        numbers.push_back(*number);
    }
    return numbers;
}

}  // namespace shoal::daemon
