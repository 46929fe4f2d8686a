// SPDX-License-Identifier: Apache-2.0
// Reading documents and finding things in them.
#include "xml/document.hpp"

#include <catch2/catch.hpp>

namespace {

constexpr const char* wsu =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

xml::Document parsed(const std::string& text)
{
    auto document = xml::Document::parse(text);
    REQUIRE(document);
    return *std::move(document);
}

std::string utf16(std::string_view ascii, bool big_endian)
{
    std::string out = big_endian ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : ascii)
        out += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
}

} // namespace

TEST_CASE("Names are compared with their namespace", "[xml]")
{
    const auto document =
        parsed(R"(<p:a xmlns:p="urn:x" xmlns="urn:y" p:k="1" k="2"><b/><p:b/><b xmlns=""/></p:a>)");
    const xml::Node root = document.root();
    CHECK(root.is({"urn:x", "a"}));
    CHECK_FALSE(root.is({"urn:y", "a"}));
    CHECK_FALSE(root.is({"", "a"}));
    CHECK(root.attribute({"", "k"}) == "2");
    CHECK(root.attribute({"urn:x", "k"}) == "1");
    CHECK_FALSE(root.attribute({"urn:y", "k"}));
    REQUIRE(root.children().size() == 3);
    CHECK(root.children()[0].ns() == "urn:y");
    CHECK(root.children()[1].ns() == "urn:x");
    CHECK(root.children()[2].ns().empty());
    CHECK(root.child({"urn:x", "b"}) == root.children()[1]);
    CHECK(root.children()[0].parent() == root);
    CHECK_FALSE(root.parent());
}

TEST_CASE("A child that must be single is refused when missing or repeated", "[xml]")
{
    const auto document = parsed("<a><b/><c/><c/></a>");
    CHECK(document.root().only_child({"", "b"}));
    CHECK(document.root().only_child({"", "c"}).error().code == xml::errc::not_expected);
    CHECK(document.root().only_child({"", "d"}).error().code == xml::errc::not_expected);
}

TEST_CASE("Comments, CDATA and entities do not split the text of an element", "[xml][attack 4]")
{
    const auto document = parsed("<a>one<!-- x -->-<![CDATA[<two>]]>&amp;&#x33;<?pi data?>!</a>");
    CHECK(document.root().text() == "one-<two>&3!");
    CHECK(parsed("<a> \r\n x\t</a>").root().trimmed_text() == "x");
    CHECK_FALSE(parsed("<a>x<b/>y</a>").root().text());
    CHECK(parsed("<a>x<b/>y</a>").root().trimmed_text().empty());
    CHECK(parsed("<a/>").root().text() == "");
    CHECK(
        parsed(R"(<a k="&amp;&lt;&#38;amp;&quot;"/>)").root().attribute({"", "k"}) == "&<&amp;\""
    );
}

TEST_CASE("An id is found in each attribute that any product uses for it", "[xml][attack 1]")
{
    const std::string text =
        std::string("<a xmlns:u=\"") + wsu +
        R"("><b Id="x"/><c><d u:Id="x"/></c><e xml:id="x"/><f id="x"/><g other="x" u:id="x"/><h Id="y"/></a>)";
    const auto document = parsed(text);
    const auto found = document.with_id("x");
    REQUIRE(found.size() == 4);
    CHECK(found[0].local_name() == "b");
    CHECK(found[1].local_name() == "d");
    CHECK(found[2].local_name() == "e");
    CHECK(found[3].local_name() == "f");
    CHECK(document.with_id("y").size() == 1);
    CHECK(document.with_id("z").empty());
    CHECK(document.with_id("").empty());
}

TEST_CASE("UTF-8 with byte order mark and UTF-16 are read", "[xml]")
{
    CHECK(parsed("\xEF\xBB\xBF<a>\xC3\xA5</a>").root().text() == "\xC3\xA5");
    const std::string long_text(50'000, 'x');
    for (const bool big_endian : {false, true}) {
        CHECK(parsed(utf16("<a>text</a>", big_endian)).root().text() == "text");
        CHECK(
            parsed(utf16("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>text</a>", big_endian))
                .root()
                .text() == "text"
        );
        CHECK(parsed(utf16("<a>" + long_text + "</a>", big_endian)).root().text() == long_text);
    }
}

TEST_CASE("What is not well-formed is refused", "[xml]")
{
    using namespace std::string_literals;
    const auto bad = {
        ""s,
        " "s,
        "x"s,
        "<a>"s,
        "<a></b>"s,
        "<a/><b/>"s,
        "<a/>x"s,
        "<a k=1/>"s,
        "<a k='1' k='2'/>"s,
        "<a>&undefined;</a>"s,
        "<a>\x01</a>"s,
        "<a>&#0;</a>"s,
        "<a>\0</a>"s,
        "<a"s,
        "<a b='"s,
        "<!-- x"s,
        "<?xml version='1.0'?>"s,
        "<a><![CDATA[</a>"s,
        "<a>]]></a>"s,
        "\xEF\xBB\xBF"s,
        "<a>&#xD800;</a>"s
    };
    for (const std::string& text : bad) {
        INFO(text);
        const auto document = xml::Document::parse(text);
        REQUIRE_FALSE(document);
        CHECK(document.error().code == xml::errc::not_well_formed);
    }
}

TEST_CASE(
    "An undeclared prefix is refused, as its canonical form would be wrong", "[xml][attack 5]"
)
{
    for (const char* text :
         {"<p:a/>", "<a p:k='1'/>", "<a><b><p:c/></b></a>", "<a xmlns:p=''/>",
          "<a xmlns:p='urn:x' xmlns:q='urn:x' p:k='1' q:k='2'/>"}) {
        INFO(text);
        CHECK_FALSE(xml::Document::parse(text));
    }
}

TEST_CASE("The message of an error does not quote the document", "[xml]")
{
    const auto document = xml::Document::parse("<a>\n<forged\r\nlog line/></b>");
    REQUIRE_FALSE(document);
    CHECK(document.error().detail.find("forged") == std::string::npos);
}
