// SPDX-License-Identifier: Apache-2.0
// Words of kurir send: file names keep their commas, values their equal signs.
#include "kurir/described.hpp"

#include <boost/json/serialize.hpp>

#include <catch2/catch.hpp>

namespace {

std::string described(std::string_view word)
{
    const auto payload = kurir::read_payload(word);
    return payload.file + " " + boost::json::serialize(payload.described);
}

std::string property(std::string_view word)
{
    const auto read = kurir::read_property(word);
    return read ? boost::json::serialize(*read) : "none";
}

} // namespace

TEST_CASE("a payload is a file and what is said of it", "[kurir]")
{
    CHECK(described("a.xml") == "a.xml {}");
    CHECK(
        described("a.xml,mime=text/xml,id=lead,charset=UTF-8") ==
        R"(a.xml {"character_set":"UTF-8","content_id":"lead","mime_type":"text/xml"})"
    );
    CHECK(described("a.xml,plain") == R"(a.xml {"compress":false})");
    CHECK(described("a,b.xml,mime=x/y") == R"(a,b.xml {"mime_type":"x/y"})");
    CHECK(described("a,mime.xml") == "a,mime.xml {}");
    CHECK(described("a,b=c,plain") == R"(a,b=c {"compress":false})");
}

TEST_CASE("a property has a name, a value and perhaps a type", "[kurir][TA20]")
{
    CHECK(property("n=v") == R"({"name":"n","value":"v"})");
    CHECK(property("n=a=b,c") == R"({"name":"n","value":"a=b,c"})");
    CHECK(property("n=v,type=urn:t") == R"({"type":"urn:t","name":"n","value":"v"})");
    CHECK(property("n") == "none");
    CHECK(property("=v") == "none");
    CHECK(property("n=") == "none");
}
