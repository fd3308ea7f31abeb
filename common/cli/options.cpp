#include "common/cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "common/units.hpp"

namespace shoal {
namespace {

/// "-p,--piece-size" -> "--piece-size", as CLI11's own errors have it.
std::string long_name(const std::string& names) {
    return names.substr(names.rfind(',') + 1);
}

/// One option whose text goes through `parse` into `target`. `example` is what the error message shows.
template <typename Target, typename Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Target& target, Parse parse,
                        const std::string& type, const std::string& example, const std::string& help) {
    auto* option = app.add_option_function<std::string>(
        name,
        [&target, parse, name, example](const std::string& text) {
            const auto value = parse(text);
            if (!value)
                throw CLI::ValidationError(
                    long_name(name), fmt::format("'{}' is not understood, write it like {}", text, example));
            target = *value;
        },
        help);
    return option->type_name(type);
}

CLI::Option* add_size_to(CLI::App& app, const std::string& name, auto& target, const std::string& help) {
    return add_parsed(app, name, target, parse_size, "SIZE", "5MiB, 5MB or 1G", help);
}

CLI::Option* add_duration_to(CLI::App& app, const std::string& name, auto& target, const std::string& help) {
    return add_parsed(app, name, target, parse_duration, "DURATION", "30s, 10m or 2h", help);
}

constexpr const char* kEndpointExample = "0.0.0.0:6969, [::]:6969 or :6969";

}  // namespace

CLI::Validator not_empty() {
    return CLI::Validator(
        [](const std::string& text) {
            return text.empty() ? std::string("is empty: give it a value, or leave the option out")
                                : std::string();
        },
        "");
}

CLI::Option* add_size(CLI::App& app, const std::string& name, std::uint64_t& bytes, const std::string& help) {
    return add_size_to(app, name, bytes, help)->default_str(format_exact_size(bytes));
}

CLI::Option* add_size(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& bytes,
                      const std::string& help) {
    return add_size_to(app, name, bytes, help);
}

CLI::Option* add_rate(CLI::App& app, const std::string& name, std::uint64_t& bytes_per_second,
                      const std::string& help) {
    return add_parsed(app, name, bytes_per_second, parse_rate, "RATE", "300MB/s or 40Gbit/s", help)
        ->default_str(bytes_per_second == 0 ? "unlimited" : format_exact_size(bytes_per_second) + "/s");
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& duration,
                          const std::string& help) {
    return add_duration_to(app, name, duration, help)->default_str(format_duration(duration));
}

CLI::Option* add_duration(CLI::App& app, const std::string& name,
                          std::optional<std::chrono::milliseconds>& duration, const std::string& help) {
    return add_duration_to(app, name, duration, help);
}

CLI::Option* add_endpoint(CLI::App& app, const std::string& name, std::optional<Endpoint>& endpoint,
                          const std::string& help) {
    return add_parsed(app, name, endpoint, Endpoint::parse, "ADDR:PORT", kEndpointExample, help);
}

CLI::Option* add_endpoints(CLI::App& app, const std::string& name, std::vector<Endpoint>& endpoints,
                           const std::string& help) {
    auto* option = app.add_option_function<std::vector<std::string>>(
        name,
        [&endpoints, name](const std::vector<std::string>& texts) {
            endpoints.clear();
            for (const auto& text : texts) {
                const auto endpoint = Endpoint::parse(text);
                if (!endpoint) {
                    throw CLI::ValidationError(name, fmt::format("'{}' is not understood, write it like {}",
                                                                 text, kEndpointExample));
                }
                endpoints.push_back(*endpoint);
            }
        },
        help);
    return option->type_name("ADDR:PORT")->allow_extra_args(false);
}

}  // namespace shoal
