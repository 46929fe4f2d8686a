// SPDX-License-Identifier: Apache-2.0
// Codes of crypto.
#include "crypto/errc.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace crypto;

TEST_CASE("every code of crypto has a text of its own", "[crypto]")
{
    std::set<std::string> seen;
    for (int value = 1; value <= static_cast<int>(errc::failed); ++value) {
        const std::string message = make_error_code(static_cast<errc>(value)).message();
        CHECK(message != "unknown error of crypto");
        CHECK(seen.insert(message).second);
    }
    CHECK(make_error_code(static_cast<errc>(99)).message() == "unknown error of crypto");
    CHECK(std::string(make_error_code(errc::failed).category().name()) == "crypto");
}
