// SPDX-License-Identifier: Apache-2.0
// What we write is what other products expect, and what our own reader reads back.
#include "mime/writer.hpp"

#include "mime/recorder.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a written multipart/related is read back with its parts and types", "[mime][AS4 5.1.1]")
{
    mime::Writer writer;
    const std::string binary("\r\n--\0\x1f\x8b\n", 8);
    std::string body =
        writer.before_part("application/soap+xml; charset=UTF-8", "root@kurir") + "<S12:Envelope/>";
    body += writer.before_part("application/octet-stream", "message") + binary;
    body += writer.before_part("application/gzip", "empty");
    body += writer.after_last_part();

    const auto type = mime::parse_content_type(writer.content_type("root@kurir"));
    REQUIRE(type);
    CHECK(type->type == "multipart/related");
    CHECK(type->parameter("type") == "application/soap+xml");
    CHECK(type->parameter("start") == "<root@kurir>");

    const Reading reading = read_all(body, *type->parameter("boundary"));
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.parts.size() == 3);
    CHECK(reading.parts[0].header.content_type == "application/soap+xml; charset=UTF-8");
    CHECK(reading.parts[0].header.content_id == "root@kurir");
    CHECK(reading.parts[0].content == "<S12:Envelope/>");
    CHECK(reading.parts[1].header.content_id == "message");
    CHECK(reading.parts[1].content == binary);
    CHECK(reading.parts[2].content.empty());
}

TEST_CASE("the octets between the parts are exactly these", "[mime]")
{
    mime::Writer writer;
    const std::string type = writer.content_type("r");
    const std::string boundary = *mime::parse_content_type(type)->parameter("boundary");
    CHECK(
        type == "multipart/related; boundary=\"" + boundary +
                    "\"; type=\"application/soap+xml\"; start=\"<r>\""
    );
    CHECK(boundary.size() <= 70); // RFC 2046 5.1.1
    CHECK(
        writer.before_part("text/xml", "m") ==
        "--" + boundary +
            "\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: binary\r\nContent-ID: "
            "<m>\r\n\r\n"
    );
    CHECK(writer.before_part("text/xml", "n").substr(0, 4) == "\r\n--");
    CHECK(writer.after_last_part() == "\r\n--" + boundary + "--\r\n");
}

TEST_CASE("every writer has a boundary of its own", "[mime]")
{
    CHECK(mime::Writer().after_last_part() != mime::Writer().after_last_part());
}
