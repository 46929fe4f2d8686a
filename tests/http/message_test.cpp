// SPDX-License-Identifier: Apache-2.0
#include "http/message.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a field is found whatever its case, and set once", "[http]")
{
    http::Headers headers;
    headers.set("Content-Type", "a");
    headers.set("content-type", "b");
    CHECK(headers.get("CONTENT-TYPE") == "b");
    CHECK(headers.all().size() == 1);
    CHECK_FALSE(headers.get("Content"));
    CHECK_FALSE(headers.has_many("Content-Type"));
    headers.add("Content-Type", "c");
    CHECK(headers.get("Content-Type") == "b");
    CHECK(headers.has_many("content-type"));
}

TEST_CASE("a line break in a field cannot begin another", "[http][RFC 9110 5.5]")
{
    http::Headers headers;
    headers.set("X", "a\r\nSet-Cookie: b");
    headers.set("Y\nZ", "c");
    headers.add("N", std::string("d\0e", 3));
    CHECK(headers.get("X") == "a");
    CHECK(headers.get("Y") == "c");
    CHECK(headers.get("N") == "d");
}
