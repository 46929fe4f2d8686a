// SPDX-License-Identifier: Apache-2.0
#include "api/exposition.hpp"

#include <catch2/catch.hpp>

using api::Exposition;
using Kind = Exposition::Kind;
using namespace std::chrono_literals;

TEST_CASE("a family has its help and type before its samples", "[api]")
{
    Exposition text;
    text.family("kurir_messages", Kind::gauge, "Messages.");
    text.sample({{"state", "queued"}, {"peer", "b"}}, std::uint64_t(3));
    text.single("kurir_seconds_total", Kind::counter, "Time.", 0.25);
    CHECK(
        text.take() == "# HELP kurir_messages Messages.\n"
                       "# TYPE kurir_messages gauge\n"
                       "kurir_messages{state=\"queued\",peer=\"b\"} 3\n"
                       "# HELP kurir_seconds_total Time.\n"
                       "# TYPE kurir_seconds_total counter\n"
                       "kurir_seconds_total 0.25\n"
    );
}

TEST_CASE("backslash and line feed are escaped everywhere, quotes in labels", "[api]")
{
    Exposition text;
    text.family("x", Kind::gauge, "a\\b\nc\"d");
    text.sample({{"peer", "a\\b\nc\"d} 1"}}, true);
    CHECK(
        text.take() == "# HELP x a\\\\b\\nc\"d\n"
                       "# TYPE x gauge\n"
                       "x{peer=\"a\\\\b\\nc\\\"d} 1\"} 1\n"
    );
}

TEST_CASE("a histogram's buckets hold all that took no longer", "[api]")
{
    msh::Durations durations;
    durations.add(5ms);
    durations.add(7ms);
    durations.add(48h);
    Exposition text;
    text.histogram("t", "Time.", durations);
    const auto all = text.take();
    const auto has = [&](const std::string& line) { return all.find(line + "\n") != all.npos; };
    CHECK(has("# TYPE t histogram"));
    CHECK(has("t_bucket{le=\"0.005\"} 1"));
    CHECK(has("t_bucket{le=\"0.01\"} 2"));
    CHECK(has("t_bucket{le=\"86400\"} 2"));
    CHECK(has("t_bucket{le=\"+Inf\"} 3"));
    CHECK(has("t_sum 172800.012"));
    CHECK(has("t_count 3"));
}
