// SPDX-License-Identifier: Apache-2.0
#include "base/ordered_id.hpp"

#include "base/id.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace base;

TEST_CASE("an ordered UUID begins with its time", "[base][RFC 9562 5.7]")
{
    // The example of RFC 9562, appendix A.6.
    const auto id = ordered_uuid(from_millis(0x017F22E279B0));
    CHECK(is_uuid(id));
    CHECK(id.substr(0, 15) == "017f22e2-79b0-7");
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
}

TEST_CASE("ordered UUIDs of later times come later", "[base]")
{
    std::string last;
    for (std::int64_t time = 1'700'000'000'000; time < (std::int64_t{1} << 48); time *= 3) {
        const auto id = ordered_uuid(from_millis(time));
        CHECK(last < id);
        last = id;
    }
}

TEST_CASE("no ordered UUID comes twice, whatever the clock says", "[base]")
{
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i)
        seen.insert(ordered_uuid(from_millis(1'700'000'000'000)));
    CHECK(seen.size() == 10'000);
}
