// SPDX-License-Identifier: Apache-2.0
// What is hashed of an uncompressed attachment.
#include "wss/encryption.hpp"
#include "xml/errc.hpp"

#include <catch2/catch.hpp>

namespace {

std::string transformed(const std::string& octets, const std::string& type)
{
    const auto out = wss::content_transform(octets, type);
    REQUIRE(out);
    return *out;
}

} // namespace

TEST_CASE("Only content that is neither XML nor text is hashed as it is", "[wss][SwA 5.4.2]")
{
    for (const char* type :
         {"application/gzip", "application/octet-stream", "application/pdf", "image/png", "",
          "nonsense", "application/xmlish", "model/x3d+xml", "audio/x+xml",
          "application/xml-dtd"}) {
        CHECK(wss::content_form(type) == wss::ContentForm::octets);
        CHECK(transformed("<a\r/>\n", type) == "<a\r/>\n");
    }
    for (const char* type :
         {"text/xml", "TEXT/XML; charset=utf-8", "application/xml", "application/atom+xml",
          "image/svg+xml;x=y"}) {
        INFO(type);
        CHECK(wss::content_form(type) == wss::ContentForm::xml);
    }
    for (const char* type : {"text/plain", "text/csv", " text/html", "text/x+xml"}) {
        INFO(type);
        CHECK(wss::content_form(type) == wss::ContentForm::text);
    }
}

TEST_CASE("XML is hashed in canonical form without comments", "[wss][SwA 5.4.2]")
{
    for (const char* type : {"text/xml", "application/xml", "Application/XHE+XML; charset=UTF-8"}) {
        CHECK(
            transformed("<?xml version='1.0'?>\r\n<a b='1'><!-- c --><c/>\r\n</a>\n", type) ==
            "<a b=\"1\"><c></c>\n</a>"
        );
    }
}

TEST_CASE("Text is hashed with CRLF line ends", "[wss][SwA 5.4.2]")
{
    CHECK(
        transformed("a\nb\r\nc\rd\n\ne\r\r\n", "text/plain") == "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n"
    );
    CHECK(transformed("", "text/plain").empty());
}

TEST_CASE("An attachment with a document type declaration has no content form", "[wss][attack 3]")
{
    CHECK(
        wss::content_transform("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "text/xml")
            .error()
            .code == xml::errc::doctype
    );
    CHECK(wss::content_transform("<a>", "text/xml").error().code == xml::errc::not_well_formed);
    const auto declared = [](const std::string& encoding, const std::string& content) {
        return wss::content_transform(
            "<?xml version='1.0' encoding='" + encoding + "'?>" + content, "text/xml"
        );
    };
    CHECK(declared("ASCII", "<a>&#229;</a>").value() == "<a>\xC3\xA5</a>");
    CHECK(declared("latin1", "<a>\xE5</a>").value() == "<a>\xC3\xA5</a>");
    CHECK(declared("EBCDIC-FR", "<a/>").error().code == xml::errc::unsupported_encoding);
    CHECK(declared("ASCII", "<a>\xE5</a>").error().code == xml::errc::wrong_encoding);
    CHECK(wss::content_transform("", "text/xml").error().code == xml::errc::not_well_formed);
}

TEST_CASE("An XML attachment with one text of megabytes is read", "[wss]")
{
    const std::string text = "<a>" + std::string(6'000'000, 'x') + "</a>";
    CHECK(transformed(text, "application/xml") == text);
}

TEST_CASE("Text that is longer in UTF-8 is read", "[wss]")
{
    const auto repeated = [](const std::string& text) {
        std::string all;
        for (int i = 0; i < 5000; ++i)
            all += text;
        return all;
    };
    const auto declared = [](const std::string& encoding, const std::string& text) {
        return "<?xml version='1.0' encoding='" + encoding + "'?><a>" + text + "</a>";
    };
    const auto wide = [](const std::string& text) {
        return std::string("\xFF\xFE<\0a\0>\0", 8) + text + std::string("<\0/\0a\0>\0", 8);
    };
    const auto in_utf_8 = [&](const std::string& text) { return "<a>" + repeated(text) + "</a>"; };
    CHECK(transformed(declared("latin1", repeated("\xE5")), "text/xml") == in_utf_8("\xC3\xA5"));
    CHECK(
        transformed(declared("windows-1252", repeated("\x80")), "text/xml") ==
        in_utf_8("\xE2\x82\xAC")
    );
    CHECK(transformed(wide(repeated("\x2D\x4E")), "text/xml") == in_utf_8("\xE4\xB8\xAD"));
}

TEST_CASE("An XML attachment is read by its own declaration, text is octets", "[wss][SwA 5.4.2]")
{
    const std::string utf16 = std::string("\xFF\xFE<\0a\0/\0>\0", 10);
    CHECK(transformed(utf16, "text/xml; charset=ISO-8859-1") == "<a></a>");
    CHECK(transformed("\xEF\xBB\xBF<a>\xC3\xA5</a>", "text/xml") == "<a>\xC3\xA5</a>");
    CHECK(
        transformed(std::string("a\0\n\0", 4), "text/plain; charset=UTF-16LE") ==
        std::string("a\0\r\n\0", 5)
    );
}

TEST_CASE("An XML attachment of many small elements is refused", "[wss][attack 19]")
{
    std::string elements;
    for (int i = 0; i < 250'000; ++i)
        elements += "<a/>";
    CHECK(
        wss::content_transform("<r>" + elements + "</r>", "text/xml").error().code ==
        xml::errc::limit
    );
    CHECK(wss::content_transform("<r>" + elements.substr(8) + "</r>", "text/xml"));
}
