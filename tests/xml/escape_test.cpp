// SPDX-License-Identifier: Apache-2.0
// Escaping and character classes: what may reach a writer, and in which form.
#include "xml/escape.hpp"

#include <catch2/catch.hpp>

using namespace std::string_literals;

TEST_CASE("Text is written as the canonical form has it", "[xml]")
{
    CHECK(xml::escape_text("a & b < c > d \" \r\n\t") == "a &amp; b &lt; c &gt; d \" &#xD;\n\t");
    CHECK(xml::escape_text("").empty());
}

TEST_CASE("Attribute values are written as the canonical form has them", "[xml]")
{
    CHECK(
        xml::escape_attribute("a & b < c > d \" \r\n\t") ==
        "a &amp; b &lt; c > d &quot; &#xD;&#xA;&#x9;"
    );
}

TEST_CASE("Only names without colon are NCNames", "[xml]")
{
    for (const char* name : {"a", "_1", "X-1.2", "\xC3\xA5r", "a\xC2\xB7"})
        CHECK(xml::is_ncname(name));
    for (const char* name :
         {"", "1a", "-a", ".a", "a:b", "a b", "a\n", "#a", "\xC3", "a\xFF", "\xC2\xB7"})
        CHECK_FALSE(xml::is_ncname(name));
}

TEST_CASE("Text that XML 1.0 cannot hold is recognised", "[xml]")
{
    for (const auto& good :
         {""s, "a\t\n\r z"s, "\xC3\xA5"s, "\xE2\x82\xAC"s, "\xF0\x9F\x98\x80"s, "\xEF\xBF\xBD"s,
          "\xED\x9F\xBF"s})
        CHECK(xml::is_xml_text(good));
    const auto bad = {
        "\0"s,
        "\x01"s,
        "\x1B"s,
        "\xFF"s,
        "\xC3"s,
        "\xC0\xAF"s,
        "\xE0\x80\xAF"s,
        "\xED\xA0\x80"s /* surrogate */,
        "\xEF\xBF\xBE"s /* U+FFFE */,
        "\xF4\x90\x80\x80"s /* above U+10FFFF */,
        "\xF0\x80\x80\x80"s,
        "\x80"s,
        "a\xE2\x82"s,
        "\xF8\x88\x80\x80\x80"s
    };
    for (const auto& text : bad)
        CHECK_FALSE(xml::is_xml_text(text));
}
