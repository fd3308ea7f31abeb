#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/metrics/histogram.hpp"

namespace shoal::metrics {

/// Name and value. The value may be anybody's words: quotes and line breaks are escaped, bytes that are not
/// UTF-8, which would spoil the whole page, stand as '?'.
using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::initializer_list<Label>;

/// A page of metrics in the text format of Prometheus, version 0.0.4.
class Page {
  public:
    /// Begins a metric; the samples that follow belong to it. One without samples may stay in the page.
    /// @param type  "counter", whose name ends with _total, "gauge" or "histogram"
    void metric(std::string_view name, std::string_view type, std::string_view help);
    void sample(Labels labels, std::uint64_t value);
    /// At most nine digits after the point, and no exponent.
    void ratio(Labels labels, double value);
    /// All lines of one histogram, in seconds.
    void histogram(Labels labels, const Histogram::Counts& counts);

    // A metric of one sample.
    void counter(std::string_view name, std::string_view help, std::uint64_t value);
    void gauge(std::string_view name, std::string_view help, std::uint64_t value);

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

    std::string text_;
    std::string name_;
};

/// What every program tells of itself, by the names that Prometheus' own libraries use: memory, processor
/// time, open files and their limit. What the system does not tell is left out.
void write_process(Page& page);

/// Resident memory of this process in bytes, 0 where it is not known.
std::uint64_t resident_bytes();

}  // namespace shoal::metrics
