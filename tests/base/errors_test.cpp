// SPDX-License-Identifier: Apache-2.0
// Error codes as values: category, text, comparison.
#include "base/errors.hpp"

#include "base/result.hpp"

#include <catch2/catch.hpp>

using namespace base;

TEST_CASE("an error tells what happened and to which thing", "[base]")
{
    const Error error(errc::locked, "/var/lib/kurir");
    CHECK(error.code == errc::locked);
    CHECK(error.text() == "another process holds the folder (/var/lib/kurir)");
    CHECK(Error(errc::locked).text() == "another process holds the folder");
    CHECK(std::string(error.code.category().name()) == "base");
}

TEST_CASE("every code of base has a text of its own", "[base]")
{
    std::vector<std::string> seen;
    for (int value = 1; value <= static_cast<int>(errc::too_large); ++value) {
        const std::string message = make_error_code(static_cast<errc>(value)).message();
        CHECK(message != "unknown error of base");
        CHECK(std::find(seen.begin(), seen.end(), message) == seen.end());
        seen.push_back(message);
    }
    CHECK(make_error_code(static_cast<errc>(99)).message() == "unknown error of base");
}

TEST_CASE("a result is a value or the error in its place", "[base]")
{
    const Result<int> good = 7;
    const Result<int> bad = Error(errc::not_found, "x");
    CHECK(good.value() == 7);
    CHECK_FALSE(bad);
    CHECK(bad.error().code == errc::not_found);
    CHECK_THROWS_AS(bad.value(), boost::system::system_error);
}
