// SPDX-License-Identifier: Apache-2.0
// Random identifiers.
#include "base/id.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace base;

TEST_CASE("a UUID is of version 4 in lower case", "[base][RFC 4122 4.4]")
{
    for (int i = 0; i < 100; ++i) {
        const std::string id = uuid();
        CHECK(is_uuid(id));
        CHECK(id[14] == '4');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
        CHECK(id.find_first_of("ABCDEF") == std::string::npos);
    }
}

TEST_CASE("no UUID comes twice", "[base]")
{
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i)
        seen.insert(uuid());
    CHECK(seen.size() == 10'000);
}

TEST_CASE("what is not a UUID is told apart", "[base]")
{
    CHECK(is_uuid("0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"));
    const std::string text = GENERATE(
        "", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f",
        "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f00", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1g0",
        "0f1e2d3c-4b5a-6978-87960a5b4c3d2e1f0", "../../..-4b5a-6978-8796-a5b4c3d2e1f0",
        "-f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
    );
    CHECK_FALSE(is_uuid(text));
}
