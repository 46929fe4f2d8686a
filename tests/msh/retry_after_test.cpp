// SPDX-License-Identifier: Apache-2.0
// The two forms of Retry-After, and what is neither.
#include "msh/retry_after.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("Retry-After is read in seconds and as a date", "[msh][RFC 9110]")
{
    const auto now = base::parse_time("1994-11-06T08:49:37Z").value();
    CHECK(msh::retry_after("120", now) == 2min);
    CHECK(msh::retry_after(" 0 ", now) == 0s);
    CHECK(msh::retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now) == 30s);
    CHECK(msh::retry_after("Sun, 06 Nov 1994 07:00:00 GMT", now) == 0s); // over already
    for (const auto* field :
         {"", "soon", "-5", "1.5", "99999999999", "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:50:07 CET", "Sun, 32 Nov 1994 08:50:07 GMT",
          "Sun, 06 Nix 1994 08:50:07 GMT", "Sun, x6 Nov 1994 08:50:07 GMT",
          "Sun, 06 Nov 19x4 08:50:07 GMT", "Sun, 06 Nov 1994 25:50:07 GMT",
          "Sun, 06 Nov 1994 08:50:07 GMT+"})
        CHECK_FALSE(msh::retry_after(field, now));
}
