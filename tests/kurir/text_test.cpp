// SPDX-License-Identifier: Apache-2.0
// What the operator sees: no message can steer the terminal.
#include "kurir/text.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

TEST_CASE("control characters of a peer's text do not reach the terminal", "[kurir]")
{
    CHECK(kurir::shown("a\x1b[2Jb\nc\x7f") == "a?[2Jb?c?");
    CHECK(
        kurir::shown("\xC2\x9B"
                     "2J") == "?2J"
    ); // CSI as one character
    CHECK(kurir::shown("S\xC3\xA4ker \xC2\xA7") == "S\xC3\xA4ker \xC2\xA7");
    CHECK(kurir::shown("\xC2") == "\xC2");
}

TEST_CASE("members of an answer are text for people", "[kurir]")
{
    const auto object =
        boost::json::parse(R"({"a": "x\u001by", "b": null, "c": 5, "d": true, "e": ["p", "q"]})")
            .as_object();
    CHECK(kurir::text_of(object, "a") == "x?y");
    CHECK(kurir::text_of(object, "b") == "-");
    CHECK(kurir::text_of(object, "absent") == "-");
    CHECK(kurir::text_of(object, "c") == "5");
    CHECK(kurir::text_of(object, "d") == "true");
    CHECK(kurir::joined(kurir::list_of(object, "e")) == "p, q");
    CHECK(kurir::list_of(object, "a").empty());
    CHECK(kurir::joined({}) == "-");
}
