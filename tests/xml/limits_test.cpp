// SPDX-License-Identifier: Apache-2.0
// Documents made to exhaust or to deceive the parser.
#include "xml/document.hpp"
#include "xml/limits.hpp"

#include <catch2/catch.hpp>

namespace {

std::string repeated(const std::string& text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

bool refused(const std::string& text, xml::errc code, const xml::Limits& limits = {})
{
    const auto document = xml::Document::parse(text, limits);
    return !document && document.error().code == code;
}

} // namespace

TEST_CASE("A document type declaration is refused in every form", "[xml][attack 3]")
{
    const auto forms = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a []><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a PUBLIC '-//X//EN' 'http://127.0.0.1:1/x.dtd'><a/>",
        "<?xml version='1.0'?>\n<!-- c --><?pi?><!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/'> %x;]><a/>",
        "<!DOCTYPE a [<!ATTLIST a k CDATA 'injected'>]><a/>",
        "<!DOCTYPE a [<!ELEMENT a ANY>",
        "<!DOCTYPE a [<!ENTITY x '", // not even complete
    };
    for (const std::string text : forms) {
        INFO(text);
        CHECK(refused(text, xml::errc::doctype));
    }
}

TEST_CASE("Entities that multiply are refused before they are read", "[xml][attack 3]")
{
    std::string bomb = "<!DOCTYPE a [<!ENTITY e0 'lol'>";
    for (int i = 1; i < 10; ++i) {
        bomb += "<!ENTITY e" + std::to_string(i) + " '" +
                repeated("&e" + std::to_string(i - 1) + ";", 10) + "'>";
    }
    CHECK(refused(bomb + "]><a>&e9;</a>", xml::errc::doctype));
    CHECK(refused(
        "<!DOCTYPE a [<!ENTITY e '" + std::string(100'000, 'x') + "'>]><a>" +
            repeated("&e;", 10'000) + "</a>",
        xml::errc::doctype
    ));
}

TEST_CASE("A document type declaration inside the root is not well-formed", "[xml][attack 3]")
{
    CHECK(refused("<a><!DOCTYPE a></a>", xml::errc::not_well_formed));
    CHECK(refused("<a/><!DOCTYPE a>", xml::errc::not_well_formed));
}

TEST_CASE("Octets are limited", "[xml][attack 19]")
{
    xml::Limits limits;
    limits.bytes = 10;
    CHECK(xml::Document::parse("<a>345</a>", limits));
    CHECK(refused("<a>3456</a>", xml::errc::limit, limits));
}

TEST_CASE("Depth is limited", "[xml][attack 19]")
{
    CHECK(xml::Document::parse(repeated("<a>", 64) + repeated("</a>", 64)));
    CHECK(refused(repeated("<a>", 65) + repeated("</a>", 65), xml::errc::limit));
    CHECK(refused(repeated("<a>", 1'000'000), xml::errc::limit));
    CHECK(xml::Document::parse("<a>" + repeated("<b><c/></b>", 500) + "</a>")
    ); // depth goes down again
}

TEST_CASE(
    "Attributes and namespace declarations of one element are limited together", "[xml][attack 19]"
)
{
    const auto element = [](int attributes, int namespaces) {
        std::string text = "<a";
        for (int i = 0; i < attributes; ++i)
            text += " k" + std::to_string(i) + "=''";
        for (int i = 0; i < namespaces; ++i)
            text += " xmlns:p" + std::to_string(i) + "='urn:x'";
        return text + "/>";
    };
    CHECK(xml::Document::parse(element(40, 24)));
    CHECK(refused(element(40, 25), xml::errc::limit));
    CHECK(refused(element(65, 0), xml::errc::limit));
    CHECK(refused(element(0, 65), xml::errc::limit));
}

TEST_CASE(
    "Namespaces in scope are limited, those of closed elements do not count", "[xml][attack 19]"
)
{
    const auto nested = [](int depth) {
        std::string text;
        for (int level = 0; level < depth; ++level) {
            text += "<a";
            for (int i = 0; i < 32; ++i)
                text += " xmlns:p" + std::to_string(level) + "-" + std::to_string(i) + "='urn:x'";
            text += ">";
        }
        return text + repeated("</a>", static_cast<std::size_t>(depth));
    };
    CHECK(xml::Document::parse(nested(8)));
    CHECK(refused(nested(9), xml::errc::limit));
    CHECK(xml::Document::parse("<a>" + repeated(nested(8), 20) + "</a>"));
}

TEST_CASE("A tag with a million attributes costs no quadratic time", "[xml][attack 19]")
{
    std::string text = "<a";
    for (int i = 0; text.size() < 4'000'000; ++i)
        text += " k" + std::to_string(i) + "=''";
    CHECK(refused(text + "/>", xml::errc::limit));
    CHECK(refused("<a>" + text + "/></a>", xml::errc::limit));
}

TEST_CASE("Nodes are limited, whatever their kind", "[xml][attack 19]")
{
    xml::Limits limits;
    limits.nodes = 100;
    CHECK(xml::Document::parse("<a>" + repeated("<b/>", 99) + "</a>", limits));
    for (const char* piece : {"<b/>", "<!--c-->", "<?p?>", "<![CDATA[x]]>", "x<b/>"}) {
        INFO(piece);
        CHECK(refused("<a>" + repeated(piece, 101) + "</a>", xml::errc::limit, limits));
    }
    CHECK(refused(
        "<a>" + repeated("<b k='1' xmlns:p='urn:x'/>", 40) + "</a>", xml::errc::limit, limits
    ));
    CHECK(refused(repeated("<!--c-->", 101) + "<a/>", xml::errc::limit, limits));
}

TEST_CASE("Text is limited, in one piece or joined from many", "[xml][attack 19]")
{
    xml::Limits limits;
    limits.text = 1000;
    CHECK(xml::Document::parse("<a>" + std::string(1000, 'x') + "</a>", limits));
    CHECK(refused("<a>" + std::string(1001, 'x') + "</a>", xml::errc::limit, limits));
    CHECK(refused(
        "<a>" + repeated("<![CDATA[" + std::string(100, 'x') + "]]>", 11) + "</a>",
        xml::errc::limit, limits
    ));
    CHECK(refused(
        "<a>" + repeated(std::string(100, 'x') + "<!--c-->", 11) + "</a>", xml::errc::limit, limits
    ));
    CHECK(refused("<a k='" + std::string(1001, 'x') + "'/>", xml::errc::limit, limits));
    CHECK(refused("<a xmlns:p='urn:" + std::string(1001, 'x') + "'/>", xml::errc::limit, limits));
    CHECK(xml::Document::parse(
        "<a>" + repeated("<b>" + std::string(900, 'x') + "</b>", 20) + "</a>", limits
    ));
}

TEST_CASE("One piece of markup is limited, so that the parser never keeps more", "[xml][attack 19]")
{
    const std::string huge(xml::max_markup_length + 100'000, ' ');
    for (const std::string& text :
         {"<a " + huge + "/>", "<!--" + huge + "--><a/>", huge + "<a/>",
          "<a><?p " + huge + "?></a>", "<?xml" + huge + "version='1.0'?><a/>"}) {
        CHECK_FALSE(xml::Document::parse(text));
    }
    CHECK(refused("<a><!--" + huge + "--></a>", xml::errc::limit));
}

TEST_CASE("A text of megabytes is read when the limits allow it", "[xml]")
{
    xml::Limits limits;
    limits.bytes = limits.text = 9'000'000;
    const std::string content(8'000'000, 'x');
    const auto document = xml::Document::parse("<a>" + content + "</a>", limits);
    REQUIRE(document);
    CHECK(document->root().text() == content);
}
