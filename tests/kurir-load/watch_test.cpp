// SPDX-License-Identifier: Apache-2.0
#include "kurir-load/watch.hpp"

#include <catch2/catch.hpp>

using namespace kurir_load;

TEST_CASE("the figures of a daemon are read from its metrics", "[kurir-load]")
{
    const auto sample = sample_in("# HELP kurir_fsyncs_total Syncs.\n"
                                  "# TYPE kurir_fsyncs_total counter\n"
                                  "kurir_fsyncs_total 42\n"
                                  "kurir_fsyncs_total_more 7\n"
                                  "process_cpu_seconds_total 1.25\n"
                                  "process_resident_memory_bytes 1e6");
    CHECK(sample.syncs == 42);
    CHECK(sample.cpu_seconds == 1.25);
    CHECK(sample.memory == 1e6);
    CHECK(sample.commits == 0);
}

TEST_CASE("what is no metrics has no figures", "[kurir-load]")
{
    for (const auto* text : {"", "\n\n", "kurir_fsyncs_total", "kurir_fsyncs_total ", "<html>"})
        CHECK(sample_in(text).syncs == 0);
}
