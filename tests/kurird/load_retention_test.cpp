// SPDX-License-Identifier: Apache-2.0
// The rules of retention: read, held against what they would break, and told.
#include "kurird/load_retention.hpp"

#include "good_configuration.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using std::chrono::days;

namespace {

constexpr const char* min = R"([node]
party_id = "AP1"
key = "k"
certificate = "c"
[as4]
listen = "a:1"
tls_resumption = "0s"
[rest]
listen = "a:2"
)";

} // namespace

TEST_CASE("a participant's rules are the usual ones but for its own", "[kurird]")
{
    const auto config = kurird::parse(
        std::string(min) + R"([retention]
payload = "0s"
payload_failed = "7d"
record = "500d"
interval = "1m"
[[participant]]
id = "0203:a"
[[participant]]
id = "0203:b"
keep_payload = "1d"
keep_record = "800d"
)",
        "f"
    );
    REQUIRE(config);
    CHECK(config->as4.files.resumption == 0s); // the manual's word for "not at all"
    const auto& rules = config->msh.retention;
    CHECK(config->msh.retention_every == 1min);
    CHECK(rules.for_participant("0203:a").payload == 0s);
    CHECK(rules.for_participant("0203:a").record == days(500));
    CHECK(rules.for_participant("0203:b").payload == days(1));
    CHECK(rules.for_participant("0203:b").payload_failed == days(7));
    CHECK(rules.for_participant("0203:b").record == days(800));
    CHECK(rules.for_participant("who left").record == days(500));
    CHECK(kurird::describe_retention(*config).find("Of 0203:b: payloads 1d") != std::string::npos);
    CHECK(kurird::describe_retention(*config).find("0203:a") == std::string::npos);
}

TEST_CASE("rules of retention that break a promise are refused", "[kurird]")
{
    Good good;
    auto& rules = good.config.msh.retention;
    auto& keep = GENERATE(true, false) ? rules.usual : (rules.of["0203:a"] = rules.usual);
    std::string expected;
    SECTION("a payload that outlives its record")
    {
        keep.payload_failed = days(500);
        expected = "longer than its record";
    }
    SECTION("a record that goes before its repeats may come")
    {
        keep.record = days(380);
        good.config.msh.duplicate_window = days(390);
        expected = "less than receive.duplicate_window";
    }
    SECTION("runs without a pause")
    {
        good.config.msh.retention_every = 0s;
        expected = "interval must be at least 1s";
    }
    CHECK(good.mistakes().find(expected) != std::string::npos);
}

TEST_CASE("log rows of less than a year are told where DIGG asks for them", "[kurird]")
{
    Good good;
    good.config.msh.retention.usual.record = days(364);
    good.config.msh.duplicate_window = days(300);
    const auto warnings = [&] { return kurird::load(good.config, base::now())->warnings; };
    REQUIRE(warnings().size() == 1);
    CHECK(warnings().front().find("at least 12 months") != std::string::npos);
    good.use_own_pmode();
    CHECK(warnings().empty());
    good.config.pmodes.back().based_on = "sdk";
    CHECK(warnings().size() == 1);
}
