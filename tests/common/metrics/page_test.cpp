#include "common/metrics/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::metrics {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(MetricsText, IsWhatPrometheusReads) {
    Page page;
    page.counter("a_total", "How many.", 3);
    page.metric("b", "gauge", "How full.");
    page.sample({{"state", "x"}, {"of", "y"}}, 18'446'744'073'709'551'615U);
    page.ratio({{"state", "z"}}, 0.25);
    page.ratio({}, 2);
    page.ratio({}, 1e-9);
    EXPECT_EQ(page.take(),
              "# HELP a_total How many.\n# TYPE a_total counter\na_total 3\n"
              "# HELP b How full.\n# TYPE b gauge\n"
              "b{state=\"x\",of=\"y\"} 18446744073709551615\nb{state=\"z\"} 0.25\nb 2\nb 0.000000001\n");
}

TEST(MetricsText, HasAHistogramInSeconds) {
    const std::array<std::chrono::nanoseconds, 2> bounds{10us, 2500ms};
    Histogram histogram(bounds);
    histogram.count(1ms);
    histogram.count(3s);
    Page page;
    page.metric("c_seconds", "histogram", "How long.");
    page.histogram({{"protocol", "udp"}}, histogram.counts());
    EXPECT_EQ(page.take(),
              "# HELP c_seconds How long.\n# TYPE c_seconds histogram\n"
              "c_seconds_bucket{protocol=\"udp\",le=\"0.00001\"} 0\n"
              "c_seconds_bucket{protocol=\"udp\",le=\"2.5\"} 1\n"
              "c_seconds_bucket{protocol=\"udp\",le=\"+Inf\"} 2\n"
              "c_seconds_sum{protocol=\"udp\"} 3.001\n"
              "c_seconds_count{protocol=\"udp\"} 2\n");
}

TEST(MetricsText, KeepsStrangersWordsInTheirLabel) {
    Page page;
    page.metric("d", "gauge", "A name.");
    page.sample({{"name", "a\\b \"c\"\nd \xff \xc3\xa9 \xc3"}}, 1);
    EXPECT_THAT(page.take(), HasSubstr("\nd{name=\"a\\\\b \\\"c\\\"\\nd ? \xc3\xa9 ?\"} 1\n"));
}

TEST(MetricsText, TellsOfThisProcess) {
    Page page;
    write_process(page);
    const std::string text = page.take();
    for (const char* const name : {"process_resident_memory_bytes", "process_open_fds", "process_max_fds"})
        EXPECT_THAT(text, testing::ContainsRegex(std::string("\n") + name + " [1-9]"));
    EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\n"));
}

}  // namespace
}  // namespace shoal::metrics
