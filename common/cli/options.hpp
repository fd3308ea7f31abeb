#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/ip_address.hpp"

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

/// CLI11 options for the contract's value types (see common/units.hpp). Each shows its default in --help; a
/// value that does not parse is a usage error that quotes it and gives an example.
namespace shoal {

/// Refuses an empty text: of a name, a file, a secret that was meant to come from somewhere and did not.
CLI::Validator not_empty();

CLI::Option* add_size(CLI::App& app, const std::string& name, std::uint64_t& bytes, const std::string& help);
CLI::Option* add_size(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& bytes,
                      const std::string& help);
/// Bytes a second; 0 is no limit.
CLI::Option* add_rate(CLI::App& app, const std::string& name, std::uint64_t& bytes_per_second,
                      const std::string& help);
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& duration,
                          const std::string& help);
CLI::Option* add_duration(CLI::App& app, const std::string& name,
                          std::optional<std::chrono::milliseconds>& duration, const std::string& help);
CLI::Option* add_endpoint(CLI::App& app, const std::string& name, std::optional<Endpoint>& endpoint,
                          const std::string& help);
CLI::Option* add_endpoints(CLI::App& app, const std::string& name, std::vector<Endpoint>& endpoints,
                           const std::string& help);

}  // namespace shoal
