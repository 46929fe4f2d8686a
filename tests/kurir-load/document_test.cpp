// SPDX-License-Identifier: Apache-2.0
#include "kurir-load/document.hpp"

#include "base/id.hpp"
#include "envelope/xhe.hpp"
#include "support/xhe.hpp"

#include <catch2/catch.hpp>

using kurir_load::Template;

namespace {

const std::string old_id = "7d1f2d6e-8a3b-4c5d-9e6f-001122334455";

std::string document()
{
    return support::xhe(old_id, "0203:a.example", "0203:b.example");
}

std::string id_of(const std::string& octets)
{
    envelope::XheReader reader;
    REQUIRE(reader.feed(octets));
    const auto header = reader.finish();
    REQUIRE(header);
    return header->id;
}

} // namespace

TEST_CASE("a copy differs from its template by the XHE id alone", "[kurir-load]")
{
    const auto made = Template::make(document(), 0);
    REQUIRE(made);
    const auto id = base::uuid();
    const auto copy = made->with_id(id);
    CHECK(id_of(copy) == id);
    CHECK(copy.find(old_id) == std::string::npos);
    CHECK(made->with_id(old_id) == document());
}

TEST_CASE("a document is filled up to a size and stays an XHE document", "[kurir-load]")
{
    const auto size = GENERATE(10'000u, 65'536u);
    const auto made = Template::make(document(), size);
    REQUIRE(made);
    CHECK(made->size() == size);
    const auto copy = made->with_id(base::uuid());
    CHECK(copy.size() == size);
    CHECK(id_of(copy) != old_id);
}

TEST_CASE(
    "what is larger than it should become is told, and what is no XHE document", "[kurir-load]"
)
{
    CHECK(Template::make(document(), 100).error().code == base::errc::too_large);
    CHECK_FALSE(Template::make("<other/>", 0));
    CHECK_FALSE(Template::make("", 0));
}
