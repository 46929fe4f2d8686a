// SPDX-License-Identifier: Apache-2.0
#include "kurir-load/histogram.hpp"

#include <catch2/catch.hpp>

using kurir_load::Histogram;
using std::chrono::microseconds;

TEST_CASE("a quantile is within one hundredth above the duration it stands for", "[kurir-load]")
{
    const auto micros = GENERATE(0, 1, 255, 256, 257, 511, 512, 1'000, 99'999, 1'234'567'890);
    Histogram times;
    times.add(microseconds(micros));
    times.add(microseconds(2'000'000'000));
    const auto half = times.quantile(0.5).count();
    CHECK(half >= micros);
    CHECK(static_cast<double>(half) <= static_cast<double>(micros) * 1.01);
}

TEST_CASE("quantiles are those of all durations, and the last one is exact", "[kurir-load]")
{
    Histogram times;
    for (int n = 100; n >= 1; --n)
        times.add(microseconds(n));
    CHECK(times.count() == 100);
    CHECK(times.quantile(0.5) == microseconds(50));
    CHECK(times.quantile(0.9) == microseconds(90));
    CHECK(times.quantile(0.99) == microseconds(99));
    CHECK(times.quantile(1) == microseconds(100));
    times.add(microseconds(1'000'003));
    CHECK(times.longest() == microseconds(1'000'003));
    CHECK(times.quantile(1) == microseconds(1'000'003));
}

TEST_CASE("nothing counted has no duration, and a clock's step back counts as none", "[kurir-load]")
{
    Histogram times;
    CHECK(times.quantile(0.5) == microseconds(0));
    times.add(microseconds(-5));
    CHECK(times.quantile(1) == microseconds(0));
    CHECK(times.count() == 1);
}
