#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading a request's arguments. What is absent is nothing; what has the wrong type or is out of range
/// throws Error (kUsage) that names the argument.
namespace shoal::daemon {

std::optional<std::string> text_argument(const nlohmann::json& arguments, std::string_view name);
/// Numbers 0 and 1 count too: transmission-remote and others send them.
std::optional<bool> flag_argument(const nlohmann::json& arguments, std::string_view name);
std::optional<std::int64_t> number_argument(const nlohmann::json& arguments, std::string_view name,
                                            std::int64_t min, std::int64_t max);
std::optional<double> real_argument(const nlohmann::json& arguments, std::string_view name);
/// kB/s on the wire, bytes a second here; a negative rate is 0.
std::optional<std::uint64_t> rate_argument(const nlohmann::json& arguments, std::string_view name);
std::optional<std::vector<std::string>> texts_argument(const nlohmann::json& arguments,
                                                       std::string_view name);
std::optional<std::vector<std::int64_t>> numbers_argument(const nlohmann::json& arguments,
                                                          std::string_view name);

}  // namespace shoal::daemon
