// SPDX-License-Identifier: Apache-2.0
// Documents of any size, in pieces of any size.
#include "xml/push_reader.hpp"

#include <catch2/catch.hpp>

#include <malloc.h>

#include <algorithm>
#include <stdexcept>

namespace {

// Writes down what it hears.
class Recorder : public xml::Listener {
public:
    void start_element(xml::Name name, std::span<const xml::Attribute> attributes) override
    {
        heard += "<{" + std::string(name.ns) + "}" + std::string(name.local);
        for (const xml::Attribute& one : attributes)
            heard += " {" + std::string(one.name.ns) + "}" + std::string(one.name.local) + "=" +
                     std::string(one.value);
        heard += ">";
    }
    void characters(std::string_view text) override { heard += text; }
    void end_element(xml::Name name) override { heard += "</" + std::string(name.local) + ">"; }
    std::string heard;
};

class Counter : public xml::Listener {
public:
    void start_element(xml::Name, std::span<const xml::Attribute>) override { ++elements; }
    void characters(std::string_view text) override
    {
        octets += text.size(), longest = std::max(longest, text.size());
    }
    void end_element(xml::Name) override {}
    std::size_t elements = 0;
    std::size_t octets = 0;
    std::size_t longest = 0;
};

std::string read_in_pieces(const std::string& text, std::size_t size)
{
    Recorder recorder;
    xml::PushReader reader(recorder);
    for (std::size_t at = 0; at < text.size(); at += size)
        REQUIRE(reader.feed(base::BytesView(text).substr(at, size)));
    REQUIRE(reader.finish());
    return recorder.heard;
}

} // namespace

TEST_CASE("The events are the same for every cut of the document", "[xml]")
{
    const std::string text =
        "<?xml version=\"1.0\"?>\n<a xmlns='urn:x' xmlns:p='urn:p' p:k='&amp;&lt;&#38;lt; "
        "\xC3\xA5' m='2'>t\xE2\x82\xAC&gt;\r\n"
        "<!-- c --><p:b/><![CDATA[<&>\r\n\r]]><![CDATA[\n]]><?pi x?>\xF0\x9F\x98\x80</a>\n";
    const std::string expected =
        "<{urn:x}a {urn:p}k=&<&lt; \xC3\xA5 "
        "{}m=2>t\xE2\x82\xAC>\n<{urn:p}b></b><&>\n\n\n\xF0\x9F\x98\x80</a>";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        INFO("pieces of " << size);
        CHECK(read_in_pieces(text, size) == expected);
    }
}

TEST_CASE("One text of 64 MB streams through without being kept", "[xml]")
{
    Counter counter;
    xml::PushReader reader(counter);
    const std::string piece(64 * 1024, 'A');
    REQUIRE(reader.feed("<XHE><Payload>"));
    const std::size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 1024; ++i)
        REQUIRE(reader.feed(piece));
    CHECK(mallinfo2().uordblks < before + 1024 * 1024);
    REQUIRE(reader.feed("</Payload></XHE>"));
    REQUIRE(reader.finish());
    CHECK(counter.octets == 64U * 1024 * 1024);
    CHECK(counter.longest <= 256 * 1024); // what the parser holds at most, by its own account
    CHECK(counter.elements == 2);
}

TEST_CASE("CDATA and base64 lines of tens of megabytes stream too", "[xml]")
{
    Counter counter;
    xml::PushReader reader(counter);
    std::string lines;
    while (lines.size() < 60'000)
        lines += std::string(76, 'Q') + "\r\n";
    REQUIRE(reader.feed("<a><b>"));
    for (int i = 0; i < 300; ++i)
        REQUIRE(reader.feed(lines));
    REQUIRE(reader.feed("</b><c><![CDATA["));
    for (int i = 0; i < 300; ++i)
        REQUIRE(reader.feed(lines));
    REQUIRE(reader.feed("]]></c></a>"));
    REQUIRE(reader.finish());
    CHECK(counter.octets == 600 * lines.size() / 78 * 77); // CRLF is read as LF
    CHECK(counter.longest <= 256 * 1024);
}

TEST_CASE("CDATA in small pieces is the same text, cut anywhere", "[xml]")
{
    std::string content;
    for (int i = 0; content.size() < 5000; ++i)
        content += std::string(static_cast<std::size_t>(i) % 7, 'x') + "\xC3\xA5\r\n]]\r\r\n>";
    std::string expected;
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (content[i] != '\r')
            expected += content[i];
        else if (content[i + 1] != '\n')
            expected += '\n';
    }
    for (const std::size_t size :
         {1UL, 2UL, 3UL, 7UL, 199UL, 200UL, 201UL, 299UL, 300UL, 301UL, 302UL, 303UL, 4096UL,
          10'000UL}) {
        INFO("pieces of " << size);
        CHECK(
            read_in_pieces("<a><![CDATA[" + content + "]]></a>", size) ==
            "<{}a>" + expected + "</a>"
        );
    }
}

TEST_CASE("Many small elements stream beyond the node limit of documents", "[xml]")
{
    Counter counter;
    xml::PushReader reader(counter);
    REQUIRE(reader.feed("<a>"));
    for (int i = 0; i < 300'000; ++i)
        REQUIRE(reader.feed("<b>x</b>"));
    REQUIRE(reader.feed("</a>"));
    REQUIRE(reader.finish());
    CHECK(counter.elements == 300'001);
}

TEST_CASE("A stream of ever new names is refused before it costs time", "[xml][attack 19]")
{
    const auto [before, after] = GENERATE(table<std::string, std::string>(
        {{"<n", "/>"}, {"<b k", "=''/>"}, {"<b xmlns='urn:", "'/>"}}
    ));
    INFO(before);
    Counter counter;
    xml::PushReader reader(counter);
    auto fed = reader.feed("<a>");
    int elements = 0;
    for (; fed && elements < 100'000; ++elements)
        fed = reader.feed(before + std::to_string(elements) + after);
    REQUIRE_FALSE(fed);
    CHECK(fed.error().code == xml::errc::limit);
    CHECK(elements > 30'000); // no document of people has as many
}

TEST_CASE(
    "A stream is refused for a document type, depth, attributes and long values",
    "[xml][attack 3][attack 19]"
)
{
    const auto code_of = [](const std::string& text) {
        Counter counter;
        xml::PushReader reader(counter);
        const auto fed = reader.feed(text);
        const auto again = reader.feed("<x>");
        REQUIRE_FALSE(fed);
        REQUIRE_FALSE(again);
        CHECK(again.error().code == fed.error().code);
        CHECK_FALSE(reader.finish());
        return fed.error().code;
    };
    std::string deep;
    for (int i = 0; i < 65; ++i)
        deep += "<a>";
    std::string wide = "<a";
    for (int i = 0; i < 65; ++i)
        wide += " k" + std::to_string(i) + "=''";
    CHECK(code_of("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>") == xml::errc::doctype);
    CHECK(code_of(deep) == xml::errc::limit);
    CHECK(code_of(wide + "/>") == xml::errc::limit);
    CHECK(code_of("<a k='" + std::string(65 * 1024, 'x') + "'/>") == xml::errc::limit);
    CHECK(code_of("<a k='" + std::string(600 * 1024, 'x')) == xml::errc::limit);
    CHECK(code_of("<a><!--" + std::string(600 * 1024, 'x')) == xml::errc::limit);
    CHECK(code_of("<a></b>") == xml::errc::not_well_formed);
    CHECK(code_of("<a><p:b/>") == xml::errc::not_well_formed);
}

TEST_CASE("A document that stops early is refused at the end", "[xml]")
{
    for (const char* text : {"", "<a>", "<a><b/>", "<a>text", "<a/", "  "}) {
        Counter counter;
        xml::PushReader reader(counter);
        REQUIRE(reader.feed(text));
        const auto finished = reader.finish();
        REQUIRE_FALSE(finished);
        CHECK(finished.error().code == xml::errc::not_well_formed);
    }
}

TEST_CASE("What a listener throws comes out of feed", "[xml]")
{
    struct Thrower : Counter {
        void end_element(xml::Name) override { throw std::runtime_error("listener"); }
    } thrower;
    xml::PushReader reader(thrower);
    CHECK_THROWS_WITH(reader.feed("<a><b/><b/></a>"), "listener");
    CHECK_FALSE(reader.feed("<c/>"));
}

TEST_CASE("A listener never hears of an element whose prefix is not declared", "[xml][attack 5]")
{
    Counter counter;
    xml::PushReader reader(counter);
    CHECK_FALSE(reader.feed("<a><p:b/><c/></a>"));
    CHECK(counter.elements == 1);
}
