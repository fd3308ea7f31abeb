#include "common/metrics/page.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/printable.hpp"

namespace shoal::metrics {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view before = text;
        if (take_code_point(text) == kNoCodePoint) {
            out += '?';
            continue;
        }
        const std::string_view character = before.substr(0, before.size() - text.size());
        if (character == "\\" || character == "\"") out += '\\';
        if (character == "\n")
            out += "\\n";
        else
            out += character;
    }
    return out;
}

std::string decimal(double value) {
    std::string text = fmt::format("{:.9f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string seconds(std::chrono::nanoseconds duration) {
    return decimal(std::chrono::duration<double>(duration).count());
}

std::uint64_t open_files() {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
         file.increment(error))
        ++count;
    return count;
}

}  // namespace

void Page::metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void Page::sample(Labels labels, std::uint64_t value) {
    line("", labels, {}, std::to_string(value));
}

void Page::ratio(Labels labels, double value) {
    line("", labels, {}, decimal(value));
}

void Page::histogram(Labels labels, const Histogram::Counts& counts) {
    for (std::size_t i = 0; i < counts.bounds.size(); ++i)
        line("_bucket", labels, seconds(counts.bounds[i]), std::to_string(counts.at_most[i]));
    const std::string all = std::to_string(counts.at_most.empty() ? 0 : counts.at_most.back());
    line("_bucket", labels, "+Inf", all);
    line("_sum", labels, {}, seconds(counts.sum));
    line("_count", labels, {}, all);
}

void Page::counter(std::string_view name, std::string_view help, std::uint64_t value) {
    metric(name, "counter", help);
    sample({}, value);
}

void Page::gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    metric(name, "gauge", help);
    sample({}, value);
}

void Page::line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value) {
    text_.append(name_).append(suffix);
    char before = '{';
    for (const auto& [name, words] : labels) {
        fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", before, name, escaped(words));
        before = ',';
    }
    if (!bound.empty()) {
        fmt::format_to(std::back_inserter(text_), "{}le=\"{}\"", before, bound);
        before = ',';
    }
    if (before == ',') text_ += '}';
    text_.append(" ").append(value).append("\n");
}

void write_process(Page& page) {
    if (const std::uint64_t bytes = resident_bytes(); bytes != 0)
        page.gauge("process_resident_memory_bytes", "Resident memory.", bytes);
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0) {
        const auto of = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        page.metric("process_cpu_seconds_total", "counter", "Processor time, of user and system.");
        page.ratio({}, of(used.ru_utime) + of(used.ru_stime));
    }
    page.gauge("process_open_fds", "Open file descriptors.", open_files());
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        page.gauge("process_max_fds", "How many file descriptors may be open.", limit.rlim_cur);
}

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (!(file >> total >> resident)) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace shoal::metrics
