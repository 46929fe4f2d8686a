// SPDX-License-Identifier: Apache-2.0
// A secret moves whole and leaves nothing where it was.
#include "crypto/secret.hpp"

#include <catch2/catch.hpp>

#include <new>

using namespace crypto;

TEST_CASE("a secret moves whole", "[crypto]")
{
    const base::Bytes octets = GENERATE(base::Bytes("short"), base::Bytes(1000, 's'));
    Secret first{base::Bytes(octets)};
    Secret second(std::move(first));
    CHECK(second.view() == octets);
    CHECK(first.view().empty());
    Secret third{base::Bytes("other")};
    third = std::move(second);
    CHECK(third.view() == octets);
    CHECK(second.view().empty());
}

TEST_CASE("a secret that goes leaves no octet of it in its place", "[crypto]")
{
    // Short enough to lie inside the object itself, so that its place may be looked at afterwards.
    alignas(Secret) unsigned char place[sizeof(Secret)];
    SECTION("destroyed")
    {
        auto* const secret = new (place) Secret(base::Bytes("hunter2hunter2"));
        secret->~Secret();
        CHECK(
            std::string_view(reinterpret_cast<const char*>(place), sizeof place).find("unter2") ==
            std::string_view::npos
        );
    }
    SECTION("moved away")
    {
        auto* const secret = new (place) Secret(base::Bytes("hunter2hunter2"));
        const Secret other(std::move(*secret));
        CHECK(
            std::string_view(reinterpret_cast<const char*>(place), sizeof place).find("unter2") ==
            std::string_view::npos
        );
        secret->~Secret();
    }
}
