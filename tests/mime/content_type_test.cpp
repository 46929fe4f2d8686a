// SPDX-License-Identifier: Apache-2.0
// Content-Type values as our peers send them, and as an attacker would.
#include "mime/content_type.hpp"

#include <catch2/catch.hpp>

using mime::parse_content_type;

TEST_CASE("the Content-Type of an AS4 message is read", "[mime][RFC 2045 5.1]")
{
    const auto type =
        parse_content_type("Multipart/Related; boundary=\"----=_Part_1_2.3\"; "
                           "type=\"application/soap+xml\"; start=\"<root@x>\"; charset=UTF-8");
    REQUIRE(type);
    CHECK(type->type == "multipart/related");
    CHECK(type->parameter("boundary") == "----=_Part_1_2.3");
    CHECK(type->parameter("type") == "application/soap+xml");
    CHECK(type->parameter("start") == "<root@x>");
    CHECK(type->parameter("charset") == "UTF-8");
    CHECK_FALSE(type->parameter("start-info"));
}

TEST_CASE("values that should have been quoted are borne", "[mime]")
{
    const auto type = parse_content_type(
        "multipart/related;type=application/soap+xml ; START=<root@x>;; boundary=a=b;"
    );
    REQUIRE(type);
    CHECK(type->parameter("type") == "application/soap+xml");
    CHECK(type->parameter("start") == "<root@x>");
    CHECK(type->parameter("boundary") == "a=b");
}

TEST_CASE("a quoted value keeps semicolons, escaped quotes and is kept when empty", "[mime]")
{
    const auto type = parse_content_type(R"(a/b; x="one;\"two\\" ; y="")");
    REQUIRE(type);
    CHECK(type->parameter("x") == "one;\"two\\");
    CHECK(type->parameter("y") == "");
}

TEST_CASE("what is no media type, or could be read in two ways, is refused", "[mime]")
{
    const char* const refused[] = {
        "",
        "text",
        "text/",
        "/xml",
        "te xt/xml",
        "text/xml/x",
        "text/xml x=y",
        "text/xml; x",
        "text/xml; =y",
        "text/xml; x=",
        "text/xml; x=\"y",
        "text/xml; x=\"y\\",
        "text/xml; x=\"y\"z",
        "text/xml; x=y z",
        "text/xml; x=y; X=z",
        "text/xml; x=\"a\rb\"",
        "text/xml\n; x=y",
        "text/xml; a b=c",
        "text/xml; x=y\"z",
    };
    for (const char* text : refused) {
        INFO(text);
        const auto type = parse_content_type(text);
        REQUIRE_FALSE(type);
        CHECK(type.error().code == mime::errc::bad_content_type);
    }
    CHECK_FALSE(parse_content_type("text/xml; x=" + std::string(5000, 'y')));
    CHECK_FALSE(parse_content_type(std::string_view("text/xml; x=\"a\0b\"", 17)));
}

TEST_CASE(
    "the name of a form's field is read as browsers and curl write it", "[mime][RFC 7578 4.2]"
)
{
    CHECK(mime::form_name("form-data; name=\"message\"") == "message");
    CHECK(mime::form_name("Form-Data;name=p; filename=\"a;b.xml\"") == "p");
    CHECK(mime::form_name("form-data; name=\"h\xC3\xA4lsning\"") == "h\xC3\xA4lsning");
    CHECK(mime::form_name("form-data; name=\"a\\\"b\"") == "a\"b");
    // No form's field, or one that could be read in two ways.
    for (const char* none :
         {"", "attachment; name=\"p\"", "form-data", "form-data; name=\"p",
          "form-data; name=p; name=q", "form-data; filename=\"p\""})
        CHECK(mime::form_name(none).empty());
}
