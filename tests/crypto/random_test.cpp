// SPDX-License-Identifier: Apache-2.0
// Random octets: as many as asked for, and never the same.
#include "crypto/random.hpp"

#include <catch2/catch.hpp>

TEST_CASE("random octets are as many as asked for and differ", "[crypto]")
{
    CHECK(crypto::random_bytes(0).empty());
    CHECK(crypto::random_bytes(1).size() == 1);
    CHECK(crypto::random_bytes(100'000).size() == 100'000);
    CHECK(crypto::random_bytes(16) != crypto::random_bytes(16));
}
